"""Runs programs to learn about tests and specs, not to judge a candidate: mutants, and accepted programs side by side."""
