"""Accepted Python text → mutants: small faults that a good suite must notice.

The operators are those of mutmut 3, cosmic-ray, mutatest and PIT, one file a family under `families/`, listed in
`table.py`. Changes are spliced into the text by source position, so that comments and layout stay.
"""
