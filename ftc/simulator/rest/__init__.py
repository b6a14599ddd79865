"""The REST resources of the simulated GitHub, one module each."""
