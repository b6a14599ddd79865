"""The recipes, one per workflow entry point, and the steps they share."""
