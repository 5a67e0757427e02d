"""The traffic of each capture: a file here is a capture; nothing else names it.

Each has `WHAT` (one line), `PACKETS` (how many at scale 1), `GROUPS` (which peers are measured on it)
and `write(file, packets, rng)`.
"""
