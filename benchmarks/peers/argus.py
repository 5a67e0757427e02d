"""argus: bidirectional flow records, written to nowhere. It aborts on some captures, which is told."""

from pathlib import Path

from peer import CONNECTIONS, TOOL, Peer, program


def command(capture: Path) -> list[str]:
    return [program("argus", "apt install argus-server"), "-r", str(capture), "-w", "/dev/null"]


PEERS = (
    Peer("argus", TOOL, "bidirectional flow records", command, packets=1_000_000, groups=(CONNECTIONS,)),
)
