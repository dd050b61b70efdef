"""SQLite, through apsw: a current SQLite inside the wheel, one file a node."""
