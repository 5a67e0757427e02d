"""What must hold of connections however their packets come: cut, shuffled, doubled, mirrored, interleaved."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netanatomy
from netanatomy.decode.kernel import COMPILED
from netanatomy.schema.connections import connection_schema
from netanatomy.schema.flow_options import FlowOptions
from tests import wire
from tests.flows.dialogues import (
    ARRIVES,
    CLOSES,
    ICMP,
    LOST_BEFORE,
    LOST_BEHIND,
    TCP,
    UDP,
    Dialogue,
    capture_of,
    conversations,
    dialogues,
    hosts_of,
    ping_dialogue,
    tcp_dialogue,
    tcp_dialogues,
    together,
    udp_dialogue,
)
from tests.plain_rows import plain_rows

Frames = Sequence[tuple[int, bytes]]
Row = dict[str, object]

PLACES = ("first_frame", "last_frame", "uid", "tunnel_parents")
"""Columns that tell where in the capture a connection is."""
SUMS = frozenset(
    {"orig_pkts", "resp_pkts", "orig_ip_bytes", "resp_ip_bytes", "orig_bytes", "resp_bytes"}
    | {"orig_data_bytes", "resp_data_bytes", "conn_state", "community_id", "id.orig_h", "id.resp_h"}
)
"""Columns that do not depend on the order of what is between handshake and end."""

OPTIONS = FlowOptions(checksums="check")
EXAMPLES = settings(max_examples=60 if COMPILED else 10)


@contextmanager
def captures(*parts: Frames) -> Iterator[list[Path]]:
    """Captures in a folder that goes when they were read."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.pcap" for number in range(len(parts))]
        for path, frames in zip(paths, parts, strict=True):
            path.write_bytes(capture_of(frames))
        yield paths


def connections(*parts: Frames) -> list[Row]:
    """The connections of one capture in several files, in the order of their first packet."""
    with captures(*parts) as paths:
        table = netanatomy.open(paths).connections(options=OPTIONS).to_arrow()
    rows: list[Row] = plain_rows(table)
    return sorted(rows, key=_identity)


def _identity(row: Row) -> tuple[str, ...]:
    names = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "first_frame")
    return tuple(str(row[name]) for name in names)


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def ends(row: Row) -> dict[object, Row]:
    """What each end of a connection did, by its address."""
    found: dict[object, Row] = {}
    for side in ("orig", "resp"):
        names = [name for name in row if name.startswith(f"{side}_") and name != f"{side}_l2_addr"]
        found[row[f"id.{side}_h"]] = {name.removeprefix(f"{side}_"): row[name] for name in names}
    return found


@given(conversations(), st.data())
@EXAMPLES
def test_cut_anywhere_and_merged_is_the_same(made: list[Dialogue], data: st.DataObject) -> None:
    frames = together(made)
    cut = data.draw(st.integers(0, len(frames)))
    # A pcap file of no frame is one too.
    assert connections(frames[:cut], frames[cut:]) == connections(frames)


@given(dialogues())
@EXAMPLES
def test_the_simulator_s_own_facts_are_found(dialogue: Dialogue) -> None:
    (row,) = connections(dialogue.frames())
    senders = Counter(message.sender for message in dialogue.messages)
    assert (row["orig_pkts"], row["resp_pkts"]) == (senders[0], senders[1])
    assert row["id.orig_h"] == _sixteen(dialogue.hosts[0].address)
    if dialogue.state:
        assert row["conn_state"] == dialogue.state
    if dialogue.protocol == TCP:
        assert (row["orig_bytes"] or 0, row["resp_bytes"] or 0) == dialogue.lengths
    assert row["missed_bytes"] == 0


def _sixteen(address: str) -> bytes:
    return bytes(10) + b"\xff\xff" + ip_address(address).packed


@given(conversations(), st.integers(1, 4), st.randoms(use_true_random=False))
@EXAMPLES
def test_shuffled_a_little_the_sums_are_the_same(
    made: list[Dialogue], window: int, choose: random.Random
) -> None:
    """Handshake and end stay where they are: to see them in another order is another story."""
    shuffled = []
    for dialogue in made:
        frames = dialogue.frames()
        first = 3
        last = next(
            (
                place
                for place, each in enumerate(dialogue.messages)
                if each.flags & 5 and dialogue.protocol == TCP
            ),
            len(frames),
        )
        middle = frames[first:last]
        for begin in range(0, len(middle), window):
            part = middle[begin : begin + window]
            choose.shuffle(part)
            middle[begin : begin + window] = part
        shuffled.append([*frames[:first], *middle, *frames[max(first, last) :]])
    told = [name for name in connection_schema().names if name in SUMS]
    straight = connections([frame for dialogue in made for frame in dialogue.frames()])
    turned = connections([frame for frames in shuffled for frame in frames])
    assert [[row[name] for name in told] for row in turned] == [
        [row[name] for name in told] for row in straight
    ]


@given(tcp_dialogues())
@EXAMPLES
def test_every_packet_twice_is_the_same_stream(dialogue: Dialogue) -> None:
    (once,) = connections(dialogue.frames())
    (twice,) = connections([frame for frame in dialogue.frames() for _ in range(2)])
    for name in (
        "orig_bytes",
        "resp_bytes",
        "missed_bytes",
        "conn_state",
        "duration",
        "id.orig_h",
        "community_id",
    ):
        assert twice[name] == once[name], name
    for name in (
        "orig_pkts",
        "resp_pkts",
        "orig_ip_bytes",
        "resp_ip_bytes",
        "orig_data_pkts",
        "resp_data_pkts",
    ):
        assert twice[name] == 2 * _number(once[name]), name


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


@given(dialogues())
@EXAMPLES
def test_mirrored_hosts_are_mirrored_connections(dialogue: Dialogue) -> None:
    (row,) = connections(dialogue.frames())
    (mirrored,) = connections(dialogue.mirrored().frames())
    first, second = (_sixteen(host.address) for host in dialogue.hosts)
    assert ends(mirrored) == {first: ends(row)[second], second: ends(row)[first]}
    if dialogue.protocol != UDP:  # whose roles the ports may decide, and they stay with the hosts
        assert (mirrored["id.orig_h"], mirrored["id.resp_h"]) == (second, first)
        told = [name for name in row if not name.startswith(("orig_", "resp_", "id.")) and name != "uid"]
        if dialogue.protocol == ICMP:  # the type belongs to the message, and so the id to its direction
            told.remove("community_id")
        assert {name: mirrored[name] for name in told} == {name: row[name] for name in told}


@given(conversations(), st.lists(st.sampled_from(["arp", "cut"]), max_size=4))
@EXAMPLES
def test_every_packet_is_accounted_for(made: list[Dialogue], others: list[str]) -> None:
    frames = together(made)
    for kind in others:
        octets = wire.arp(1, wire.ALICE, "10.0.0.1", "10.0.0.9") if kind == "arp" else frames[0][1][:20]
        frames.append((frames[-1][0], octets))
    with captures(frames) as paths:
        packets = netanatomy.open(paths).packets(["ip_version", "stop_reason"]).to_arrow()
        followed = netanatomy.open(paths).connections(options=OPTIONS).to_arrow()
    counted = sum(sum(followed[name].to_pylist()) for name in ("orig_pkts", "resp_pkts"))
    not_followed = sum(version is None for version in packets["ip_version"].to_pylist())
    assert counted + not_followed == packets.num_rows
    assert counted == sum(len(dialogue.messages) for dialogue in made)


@given(dialogues(1), dialogues(2), st.data())
@EXAMPLES
def test_two_connections_do_not_touch_each_other(one: Dialogue, other: Dialogue, data: st.DataObject) -> None:
    left, right = one.frames(), other.frames()
    order = data.draw(st.permutations([0] * len(left) + [1] * len(right)))
    queues = (iter(left), iter(right))
    mixed = [next(queues[which]) for which in order]
    told = [without(row, *PLACES) for row in connections(mixed)]
    apart = [without(row, *PLACES) for row in connections(left) + connections(right)]
    assert sorted(map(str, told)) == sorted(map(str, apart))


DUMP = """
import sys
import pyarrow as pa
import netanatomy
from netanatomy.schema.flow_options import FlowOptions
table = netanatomy.open(sys.argv[1]).connections(options=FlowOptions(checksums="check")).to_arrow()
with pa.OSFile(sys.argv[2], "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
    writer.write_table(table)
"""


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled here")
def test_compiled_and_uncompiled_agree(tmp_path: Path) -> None:
    choose = random.Random(3)
    made = [_random_dialogue(choose, number) for number in range(1, 80)]
    path = tmp_path / "many.pcap"
    path.write_bytes(capture_of(together(made)))
    tables = []
    for uncompiled in ("0", "1"):
        kept = tmp_path / f"{uncompiled}.arrow"
        subprocess.run(
            [sys.executable, "-c", DUMP, str(path), str(kept)],
            env={**os.environ, "NETANATOMY_UNCOMPILED": uncompiled},
            check=True,
        )
        with pa.OSFile(str(kept), "rb") as file:
            tables.append(plain_rows(pa.ipc.open_file(file).read_all()))
    assert len(tables[0]) == len(made)
    assert tables[0] == tables[1]


def _random_dialogue(choose: random.Random, number: int) -> Dialogue:
    hosts = hosts_of(number, choose.choice((53, 80, 443, 22)))
    kind = choose.choice((TCP, TCP, TCP, UDP, ICMP))
    if kind == UDP:
        return udp_dialogue(
            hosts, [(place % 2, choose.randint(1, 900)) for place in range(choose.randint(1, 6))]
        )
    if kind == ICMP:
        return ping_dialogue(hosts, choose.randint(1, 4), choose.random() < 0.5)
    turns = [
        (
            choose.randint(0, 1),
            [(choose.randint(1, 1460), choose.choice((ARRIVES, ARRIVES, LOST_BEHIND, LOST_BEFORE)))]
            * choose.randint(1, 5),
        )
        for _ in range(choose.randint(0, 4))
    ]
    numbers = (choose.getrandbits(32), choose.getrandbits(32))
    gaps = [choose.randint(1_000, 20_000_000) for _ in range(5)]
    return tcp_dialogue(hosts, numbers, turns, choose.choice(CLOSES), gaps)
