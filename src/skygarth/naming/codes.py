"""The codes of everything that can go wrong with DNS, in one table.

A code never changes its meaning: the command line, health, documents and
people's notes refer to it.
"""

from __future__ import annotations

BAD_KEY = "SG-DNS-001"  # the server does not know the TSIG key, or the key may not do this
BAD_SIGNATURE = "SG-DNS-002"  # the server knows the key by another secret
BAD_TIME = "SG-DNS-003"  # the clocks of node and server are too far apart for TSIG
REFUSED = "SG-DNS-004"  # the server refuses this change
NOT_AUTHORITATIVE = "SG-DNS-005"  # the server does not hold the zone, or not as its primary
WRONG_ZONE = "SG-DNS-006"  # the name lies in another zone, or in none that can be found
NO_ANSWER = "SG-DNS-007"  # the server is away: it is tried again, visitors are served on
OTHER_ANSWER = "SG-DNS-008"  # the server answers with a failure of its own
BAD_NAME = "SG-DNS-009"  # this is no name for addresses, or it is an alias
NO_ADDRESS = "SG-DNS-010"  # the node does not know under which addresses visitors reach it
INCOMPLETE = "SG-DNS-011"  # a setting is missing without which nothing can be entered
NOT_INSTALLED = "SG-DNS-012"  # the library that speaks to this provider is not installed
CROWDED = "SG-DNS-013"  # others changed the name each time that we were about to
BAD_SECRET = "SG-DNS-014"  # noqa: S105 an error code: the key is no base64, or of an unknown kind
DENIED = "SG-DNS-015"  # Route 53 refuses these credentials, or they lack a right
NO_HOSTED_ZONE = "SG-DNS-016"  # Route 53 has no such hosted zone, or several of this name
OTHER_POLICY = "SG-DNS-017"  # the name has records that are not simple: weighted, alias, …
LATE = "SG-DNS-018"  # a withdrawal was not accepted in the time there was
"""``SG-DNS-018``: the records of a node that ends stay until a peer sweeps them."""
