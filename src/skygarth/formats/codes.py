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

SEALED = "SG-SEAL-001"  # the repository is sealed, and this node has no key
SEAL_SHORT = "SG-SEAL-002"  # shorter than any sealed object
SEAL_HASH = "SG-SEAL-003"  # its bytes are not those that were hashed
SEAL_MAGIC = "SG-SEAL-004"  # whole, but not sealed
SEAL_HEADER = "SG-SEAL-005"  # its header cannot be read
SEAL_VERSION = "SG-SEAL-006"  # a newer version of the seal
SEAL_REPOSITORY = "SG-SEAL-007"  # of another repository
SEAL_PLACE = "SG-SEAL-008"  # it was sealed for another key of the bucket
SEAL_SIGNATURE = "SG-SEAL-009"  # its signature does not fit
SEAL_SIGNER = "SG-SEAL-010"  # signed by nobody whom the repository has admitted
SEAL_WRITER = "SG-SEAL-011"  # signed by a member, in a log of another one
SEAL_EXPELLED = "SG-SEAL-012"  # signed by an expelled node where that does not count any more
SEAL_EPOCH = "SG-SEAL-013"  # of an epoch whose key this node does not hold
SEAL_CLOSED = "SG-SEAL-014"  # the key of its epoch does not open it
SEAL_OLD = "SG-SEAL-015"  # an older state was put back
KEY_UNADMITTED = "SG-SEAL-016"  # this node's key was not admitted yet
KEY_EXPELLED = "SG-SEAL-017"  # this node was expelled
KEY_CLOSED = "SG-SEAL-018"  # the token admits nobody any more, or never did
KEY_UNSEALED = "SG-SEAL-019"  # a key was given, and the bucket is not sealed or another's
KEY_EMPTY = "SG-SEAL-020"  # a key was given, and the bucket holds no repository

TRUST_RECORD = "SG-TRUST-001"  # a record of trust that cannot be read
TRUST_CHAIN = "SG-TRUST-002"  # it does not follow the record before it
TRUST_SIGNATURE = "SG-TRUST-003"  # nobody who may say so has signed it
TRUST_ANCHOR = "SG-TRUST-004"  # the log of trust is not the one that this node was told of
TRUST_DEED = "SG-TRUST-005"  # it does what cannot be done
TRUST_VERSION = "SG-TRUST-006"  # a newer version of the log of trust
TRUST_KEY = "SG-TRUST-007"  # a text that is not the kind of key that was asked for
TRUST_BOX = "SG-TRUST-008"  # a key that was handed over cannot be unwrapped
