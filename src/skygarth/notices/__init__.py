"""News, told from node to node: that something was published, never what."""
