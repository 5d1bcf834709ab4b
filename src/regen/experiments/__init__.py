"""Runs programs to learn about tests and specs, not to judge a candidate: mutants, and programs side by side."""
