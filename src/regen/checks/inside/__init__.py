"""Programs that run in the sandbox, by the project's interpreter: each stands alone and imports nothing of regen."""
