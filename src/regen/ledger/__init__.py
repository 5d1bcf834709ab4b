"""Generation, Lock ↔ text: what is kept beside the code, and which generation is accepted."""
