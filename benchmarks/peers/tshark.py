"""tshark: its plain read, the fields of one row of ours as text, and its TCP conversations."""

from pathlib import Path

from peer import CONNECTIONS, TOOL, Peer, program

FIELDS = (
    "frame.number", "frame.time_epoch", "frame.len", "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.ttl",
    "ip.proto", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "udp.srcport", "udp.dstport",
)  # fmt: skip


def plain(capture: Path) -> list[str]:
    return [program("tshark", "apt install tshark"), "-n", "-r", str(capture)]


def fields(capture: Path) -> list[str]:
    return [*plain(capture), "-T", "fields", *(part for field in FIELDS for part in ("-e", field))]


def conversations(capture: Path) -> list[str]:
    return [*plain(capture), "-q", "-z", "conv,tcp"]


PEERS = (
    Peer("tshark -n", TOOL, "dissects all layers, a line of text", plain, packets=300_000),
    Peer("tshark -T fields", TOOL, f"dissects all layers, {len(FIELDS)} fields", fields, packets=300_000),
    Peer(
        "tshark -z conv,tcp", TOOL, "dissects all layers, TCP conversations and analysis", conversations,
        packets=200_000, groups=(CONNECTIONS,),
    ),
)  # fmt: skip
