"""The codes of everything that can be wrong with stored bytes, in one table.

A code never changes its meaning. SG-SEGMENT-005 is a type's schema that cannot
be read (`skygarth.model.schema`); numbers from 020 are what a database finds
inside an image.
"""

from __future__ import annotations

SEGMENT_SHORT = "SG-SEGMENT-001"  # shorter than any segment
SEGMENT_HASH = "SG-SEGMENT-002"  # its bytes are not those that were hashed
SEGMENT_MAGIC = "SG-SEGMENT-003"  # whole, but no segment
SEGMENT_HEADER = "SG-SEGMENT-004"  # its header cannot be read, or contradicts itself
SEGMENT_VERSION = "SG-SEGMENT-006"  # a newer version of the format
SEGMENT_SEALED = "SG-SEGMENT-007"  # sealed, which this version cannot open
SEGMENT_REPOSITORY = "SG-SEGMENT-008"  # of another repository
SEGMENT_POSITION = "SG-SEGMENT-009"  # of another place in a log
SEGMENT_SIZE = "SG-SEGMENT-010"  # declares a payload that is too large, or not what it has
SEGMENT_PACKING = "SG-SEGMENT-011"  # its payload cannot be decompressed
IMAGE = "SG-SEGMENT-012"  # the payload is no SQLite database, or not a whole one
IMAGE_LARGE = "SG-SEGMENT-013"  # what is to be packed is larger than anybody would unpack

CHUNK_SHORT = "SG-CHUNK-001"
CHUNK_HASH = "SG-CHUNK-002"
CHUNK_MAGIC = "SG-CHUNK-003"
CHUNK_HEADER = "SG-CHUNK-004"
CHUNK_VERSION = "SG-CHUNK-006"
CHUNK_SEALED = "SG-CHUNK-007"
CHUNK_NAME = "SG-CHUNK-009"  # its digest is not the one it was fetched by
CHUNK_SIZE = "SG-CHUNK-010"
CHUNK_PACKING = "SG-CHUNK-011"
MANIFEST = "SG-SNAPSHOT-020"  # a manifest that cannot be read, or contradicts itself
CATALOG = "SG-SNAPSHOT-021"  # a catalog that cannot be read
CATALOG_VERSION = "SG-SNAPSHOT-022"  # a newer version of either

RECORD = "SG-RECORD-001"  # a card, ack, hint or repository record that cannot be read
REPOSITORY_VERSION = "SG-RECORD-002"  # the repository needs what this version does not know
APPLICATION_VERSION = "SG-RECORD-003"  # app.json of a later version
