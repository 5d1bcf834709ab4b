"""The project that `regen init` makes: `files/` is copied as it is, `_regen` becomes `.regen`."""
