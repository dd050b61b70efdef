""" "There is news", said from node to node; never the data."""
