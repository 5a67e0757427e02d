"""NFStream: packets gathered into flows by one meter; with nDPI naming the application, and with statistics.

The connections of netanatomy tell of each side the least, mean, deviation and most of its packets' sizes and
of the gaps between them, and come as tables. NFStream tells that of a flow where it is asked for statistics,
and makes a table where it is asked for one.
"""

import sys
from pathlib import Path

from peer import CONNECTIONS, PACKETS, TOOL, Peer, python_module


def with_ndpi(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "20", "no"]


def with_statistics(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "0", "yes"]


def with_both(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "20", "yes"]


def as_table(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "20", "yes", "table"]


def without_ndpi(capture: Path) -> list[str]:
    return [*python_module("nfstream", needs="nfstream"), str(capture), "0", "no"]


def main(path: str, dissected_packets: int, statistics: bool, table: bool) -> None:
    """`dissected_packets` of each flow are shown to nDPI; NFStream's own default is 20."""
    from nfstream import NFStreamer

    flows = NFStreamer(
        source=path, n_meters=1, n_dissections=dissected_packets, statistical_analysis=statistics
    )
    if table:
        made = flows.to_pandas()
        print(0 if made is None else made["bidirectional_packets"].sum())
    else:
        print(sum(flow.bidirectional_packets for flow in flows))


GROUPS = (PACKETS, CONNECTIONS)
PEERS = (
    Peer("NFStream", TOOL, "flows, nDPI, one meter", with_ndpi, packets=250_000, groups=GROUPS),
    Peer("NFStream, no nDPI", TOOL, "flows, one meter", without_ndpi, packets=250_000, groups=GROUPS),
    Peer(
        "NFStream, statistics",
        TOOL,
        "flows, sizes and gaps, one meter",
        with_statistics,
        packets=250_000,
        groups=(CONNECTIONS,),
    ),
    Peer(
        "NFStream, nDPI, statistics",
        TOOL,
        "flows, nDPI, sizes and gaps, one meter",
        with_both,
        packets=250_000,
        groups=(CONNECTIONS,),
    ),
    Peer(
        "NFStream, a table",
        TOOL,
        "flows, nDPI, sizes and gaps, pandas, one meter",
        as_table,
        packets=250_000,
        groups=(CONNECTIONS,),
    ),
)

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "yes", sys.argv[4:] == ["table"])
