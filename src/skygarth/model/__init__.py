"""Plain values of the protocol and of content: no clock, no chance, no I/O."""
