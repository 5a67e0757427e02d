"""Every header field against tshark, on every capture of the corpora.

`python -m tests.conformance --write docs/conformance.md` runs it and writes the report.
"""
