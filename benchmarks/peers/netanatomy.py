"""Ourselves: full decode to all columns of the packet table, the same as text, and connections."""

import importlib.util
import sys
from pathlib import Path

from peer import CONNECTIONS, OURSELVES, TOOL, Missing, Peer, program

INSTALL = "pip install ."
DECODE = """
import sys
import netanatomy
print(sum(batch.num_rows for batch in netanatomy.open(sys.argv[1]).packets()))
"""
CONNECT = """
import os, sys
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import netanatomy
capture = netanatomy.open(sys.argv[1])
for batch in capture.connections():
    pass
print(capture.counts.frames)
"""
"""All columns of every connection; then what was read, to be held against what there is.

As the command does, it does without NumPy's threads for linear algebra: they would spin on the second core
for a tenth of a second.
"""


def decode(capture: Path) -> list[str]:
    if importlib.util.find_spec("netanatomy") is None:
        raise Missing(f"netanatomy is not installed: {INSTALL}")
    return [sys.executable, "-c", DECODE, str(capture)]


def connect(capture: Path) -> list[str]:
    if importlib.util.find_spec("netanatomy") is None:
        raise Missing(f"netanatomy is not installed: {INSTALL}")
    return [sys.executable, "-c", CONNECT, str(capture)]


def as_text(capture: Path) -> list[str]:
    return [program("netanatomy", INSTALL), "packets", str(capture)]


PEERS = (
    Peer(
        "netanatomy connections", OURSELVES, "connections and TCP analysis; all columns",
        connect, counts=True, groups=(CONNECTIONS,),
    ),
    Peer("netanatomy", OURSELVES, "scan and full decode, all columns", decode, counts=True),
    Peer("netanatomy packets", TOOL, "the same, and a line of text a packet", as_text, packets=300_000),
)  # fmt: skip
