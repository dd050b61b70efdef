"""The HTTP API under ``/api/v1/``: objects, tree, queries, changes, conflicts, the cloud."""
