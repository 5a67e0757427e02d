"""dpkt: every packet as objects, up to the payload of TCP or UDP."""

import sys
from pathlib import Path

from peer import TOOL, Peer, python_module


def command(capture: Path) -> list[str]:
    return [*python_module("dpkt", needs="dpkt"), str(capture)]


def main(path: str) -> None:
    import dpkt

    packets = ports = 0
    with Path(path).open("rb") as file:
        for _time, octets in dpkt.pcap.Reader(file):
            packets += 1
            transport = getattr(dpkt.ethernet.Ethernet(octets).data, "data", None)
            if isinstance(transport, dpkt.tcp.TCP | dpkt.udp.UDP):
                ports += transport.sport
    print(packets)


PEERS = (Peer("dpkt", TOOL, "objects up to TCP or UDP", command, packets=300_000, counts=True),)

if __name__ == "__main__":
    main(sys.argv[1])
