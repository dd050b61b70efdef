"""The codes of everything that can go wrong with notices, in one table.

A code never changes its meaning: the command line, HTTP answers, documents
and people's notes refer to it.
"""

from __future__ import annotations

NO_NOTICE = "SG-NOTICE-001"  # a message that is no notice
NO_ANSWER = "SG-NOTICE-002"  # the broker is away: it is tried again, replication polls
DENIED = "SG-NOTICE-003"  # the broker refuses these credentials, or lacks a right
UNKNOWN_TRANSPORT = "SG-NOTICE-004"  # a transport that nobody knows
NOT_INSTALLED = "SG-NOTICE-005"  # the library that speaks to this broker is not installed
NO_ADDRESS = "SG-NOTICE-006"  # a transport in use that was not told where its broker is
GONE = "SG-NOTICE-404"  # a queue, topic or subscription that is not there (any more)
BAD_ADDRESS = "SG-NOTICE-007"  # a broker's address that cannot be understood
