"""Content of other systems, read as documents and brought into a repository."""
