"""The codes of what can go wrong between a request and the node that answers it.

``SG-ROUTE-001`` to ``006`` are about a component's own routes (`skygarth.web`);
from ``101`` on a request is on its way to another node.
"""

from __future__ import annotations

MALFORMED = "SG-ROUTE-101"
"""A message that two readers could read in two ways."""

TOO_LARGE = "SG-ROUTE-102"
"""A head or a trailer beyond its limit."""

NOT_SPOKEN = "SG-ROUTE-103"
"""CONNECT, WebSocket, or a version of HTTP that is not 1.0 or 1.1."""

FORGED = "SG-ROUTE-104"
"""A passport that no node of this cloud gave for this request."""

NO_NODE = "SG-ROUTE-105"
"""No node may take the request, and its route names no fallback."""

NO_ANSWER = "SG-ROUTE-106"
"""A node took the request and did not answer; whether it acted is unknown."""

TOO_LATE = "SG-ROUTE-107"
"""No answer within the deadline."""

TOO_FAR = "SG-ROUTE-108"
"""The request has been handed on as often as it may."""

NOT_HERE = "SG-ROUTE-109"
"""This node got a forwarded request that it cannot answer itself."""

BAD_INTENT = "SG-ROUTE-110"
"""An intent that cannot be read, or that asks for what is no part of a page or no data."""

ROUTES_UNKNOWN = "SG-ROUTE-111"
"""What a node says of its routes cannot be read."""

NO_KEY = "SG-ROUTE-112"
"""What only nodes may ask of each other, in a cloud that has no key."""
