"""The limit of all limits: reading the file."""

from pathlib import Path

from peer import LIMIT, Peer, program


def command(capture: Path) -> list[str]:
    return [program("cat", "it is part of coreutils"), str(capture)]


PEERS = (Peer("cat", LIMIT, "reads the file", command),)
