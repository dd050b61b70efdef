"""The codes of everything that can go wrong with a bucket, in one table.

A code never changes its meaning: the command line, HTTP answers, documents
and people's notes refer to it. Numbers from 020 are verdicts of the probe.
"""

from __future__ import annotations

NO_ANSWER = "SG-BUCKET-001"  # network, timeout, 5xx: try again
DENIED = "SG-BUCKET-002"  # credentials are wrong or lack a right
BAD_KEY = "SG-BUCKET-003"  # a key that not every store can hold
IGNORED_IF_NONE_MATCH = "SG-BUCKET-004"  # two creates of one key both succeeded
NO_BUCKET = "SG-BUCKET-005"  # the bucket itself does not exist
BAD_URL = "SG-BUCKET-006"  # a bucket's address that cannot be understood
SLOW_DOWN = "SG-BUCKET-007"  # the store asks for fewer requests: try again later
NO_CONDITIONAL_WRITES = "SG-BUCKET-008"  # the store refuses create-only writes
FOLDER_GONE = "SG-BUCKET-009"  # the folder vanished or is unmounted
DISK_FULL = "SG-BUCKET-010"  # no space left where the folder lies
BAD_RANGE = "SG-BUCKET-011"  # a range that begins beyond the object's end
NO_CREDENTIALS = "SG-BUCKET-012"  # none were given and none were found
PLAIN_HTTP = "SG-BUCKET-013"  # unencrypted endpoint beyond this machine
NO_HARD_LINKS = "SG-BUCKET-014"  # a file system where create-only is impossible
UNEXPECTED = "SG-BUCKET-015"  # the store refused a request for a reason of its own

READ_AFTER_WRITE = "SG-BUCKET-020"
LISTING = "SG-BUCKET-021"
CONDITIONAL_READ = "SG-BUCKET-022"
CLOCK_OFFSET = "SG-BUCKET-023"
LATENCY = "SG-BUCKET-024"
RANGE_READ = "SG-BUCKET-025"

NO_KEY = "SG-BUCKET-404"  # no such key in an existing bucket
