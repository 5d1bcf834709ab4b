"""CheckRun* → Verdict: what was found out about a candidate, and the judgement of all of it."""
