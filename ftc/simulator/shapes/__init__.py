"""How the records look as GitHub's JSON, one module for each family of objects."""
