"""The command line, one file a command: parse, one use case, render."""
