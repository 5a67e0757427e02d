"""tcpdump: one line of text a packet."""

from pathlib import Path

from peer import TOOL, Peer, program


def command(capture: Path) -> list[str]:
    return [program("tcpdump", "apt install tcpdump"), "-n", "-r", str(capture)]


PEERS = (Peer("tcpdump -n", TOOL, "a line of text a packet", command, packets=500_000),)
