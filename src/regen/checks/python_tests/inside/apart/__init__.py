"""Runs the tests in one process and the candidate in another, so that code under test never meets what judges it.

```
tests' process                          candidate's process
  test file                               the unit's modules
    import unit → Stand-in (stand_ins)      ▲
      call, attribute, operator ── Line ──► Host (host) → encoded answer or exception
      callback ◄─────────────────────────── call of a test's own function
```

Plain values cross by value, and are compared here, by their own type's comparison. Lists, dicts and sets are kept alike
on both sides. Everything else stays where it was made and is asked from afar. Calls of this kind are old: Birrell &
Nelson, "Implementing remote procedure calls" (1984).
"""
