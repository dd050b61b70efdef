"""The command line: a client of a running node wherever one can answer."""
