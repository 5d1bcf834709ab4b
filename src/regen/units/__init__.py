"""Specs + configuration → the graph of units, and each unit's key."""
