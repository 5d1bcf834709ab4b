"""regen: a build system whose sources are specs, tests and constraints."""

__version__ = "0.1.0"
