"""What is found out about a candidate: one file a kind of check; `verifier` runs those that the project asks for."""
