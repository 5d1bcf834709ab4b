"""The fixture of a tree for every test here."""

from trees import tree

__all__ = ["tree"]
