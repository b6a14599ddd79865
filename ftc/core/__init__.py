"""Pure decisions over frozen data; standard library only, no clock, environment, network, files or randomness."""
