"""The law of merging as pure functions: the reference for every database dialect."""
