"""What follows from each command: one function for each, from a situation to a decision."""
