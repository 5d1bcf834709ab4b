"""Unit → Prompt, within a budget of tokens; the words are in `templates/`, which a project can override."""
