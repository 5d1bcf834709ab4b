"""The disk: listing the project's files, what was found out about them, the ledger and the locks."""
