"""A cloud that grows from one node to seven under load, on real servers, in one script.

Run it with ``python -m examples.growing_cloud``; see docs/growing.md.
"""
