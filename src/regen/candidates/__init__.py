"""Reply → Candidate, or precisely why it is none."""
