"""Weighs evidence on a unit's spec, tests and ledger: may it be regenerated."""
