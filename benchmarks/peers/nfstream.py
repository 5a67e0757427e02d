"""NFStream: packets gathered into flows by one meter, with nDPI naming the application and without it."""

import sys
from pathlib import Path

from peer import CONNECTIONS, PACKETS, TOOL, Peer, python_module


def with_ndpi(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "20"]


def without_ndpi(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "0"]


def main(path: str, dissected_packets: int) -> None:
    """`dissected_packets` of each flow are shown to nDPI; NFStream's own default is 20."""
    from nfstream import NFStreamer

    flows = NFStreamer(source=path, n_meters=1, n_dissections=dissected_packets)
    print(sum(flow.bidirectional_packets for flow in flows))


GROUPS = (PACKETS, CONNECTIONS)
PEERS = (
    Peer("NFStream", TOOL, "flows, nDPI, one meter", with_ndpi, packets=250_000, groups=GROUPS),
    Peer("NFStream, no nDPI", TOOL, "flows, one meter", without_ndpi, packets=250_000, groups=GROUPS),
)

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
