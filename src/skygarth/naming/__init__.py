"""A node's addresses in the domain name system: entered when ready, withdrawn when draining."""
