"""The project that `regen init` makes: `files/` is copied as it is; a leading `_` becomes `.`."""
