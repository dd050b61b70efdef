"""A node's own database: the port, and one package per dialect with the same file names."""
