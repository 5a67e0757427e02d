"""Captures made by real programs in network namespaces; see README.md in this folder.

Only the standard library is used, so that the system's own Python runs it as root without an environment.
"""
