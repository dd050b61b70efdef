"""How fast Skygarth is on this machine, beside what one would otherwise use: ``make bench``.

One idea a file. Whoever is compared runs in the same process run, in turns, so
that a busy or slow machine is equally busy and slow for all; what counts are
the ratios, and `docs/benchmarks.md` says with each whether it is what we want.
"""
