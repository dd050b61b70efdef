"""One running node: carries out what the protocol asks for, and answers for its health."""
