"""Chinese: its patterns by topic, and how its sentences fall into clauses."""
