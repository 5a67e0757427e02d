"""softflowd: NetFlow records, with a table that holds all flows and nobody to send them to."""

from pathlib import Path

from captures import FOLDER as BUILD
from peer import CONNECTIONS, TOOL, Peer, program

MOST_FLOWS = 10_000_000
"""`-m`: more than any capture here has; its default of 8,192 would measure how it evicts."""
PROCESS_FILE = BUILD / "softflowd.pid"
"""`-p`: it writes this file and removes it at its end, so it must be one of our own."""


def command(capture: Path) -> list[str]:
    path = program("softflowd", "apt install softflowd")
    return [
        path,
        "-r",
        str(capture),
        "-c",
        "none",
        "-p",
        str(PROCESS_FILE),
        "-6",
        "-d",
        "-m",
        str(MOST_FLOWS),
    ]


PEERS = (Peer("softflowd", TOOL, "counts flows, a table for all of them", command, groups=(CONNECTIONS,)),)
