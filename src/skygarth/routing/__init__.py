"""A request, or a part of a page, on another node: choosing it, signing, forwarding."""
