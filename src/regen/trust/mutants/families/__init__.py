"""The operators, one file a family: each proposes changes for nodes of the types that `table.py` gives it."""
