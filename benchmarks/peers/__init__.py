"""Who takes part: Skygarth, plain SQL, and three object-relational mappers.

Each is used as its manual shows, in the form that is fastest there, with the
same settings of SQLite: write-ahead log, ``synchronous=NORMAL``, a checkpoint
every 4,000 pages, a cache of 16 MiB.
"""
