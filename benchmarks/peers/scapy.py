"""scapy: every packet taken apart as far as scapy goes."""

import sys
from pathlib import Path

from peer import TOOL, Peer, python_module


def command(capture: Path) -> list[str]:
    return [*python_module("scapy", needs="scapy"), str(capture)]


def main(path: str) -> None:
    from scapy.layers import all as _layers  # noqa: F401  (loading them is what makes scapy know them)
    from scapy.utils import PcapReader

    with PcapReader(path) as reader:
        print(sum(1 for _packet in reader))


PEERS = (
    Peer("scapy PcapReader", TOOL, "objects of all layers it knows", command, packets=15_000, counts=True),
)

if __name__ == "__main__":
    main(sys.argv[1])
