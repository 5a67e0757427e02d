"""No difference from Zeek's and Arkime's records that nobody has looked at; and the comparing itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.decode.kernel import COMPILED
from netanatomy.schema.flow_options import FlowOptions
from tests.conformance import arkime, community_ids, zeek
from tests.conformance.connections import arkime_agreement, zeek_agreement
from tests.conformance.records import (
    Agreement,
    Record,
    RecordDifference,
    ReviewedRecords,
    matched,
    review,
)
from tests.conformance.zeek_ports import ALWAYS, BY_PROTOCOL, server_ports
from tests.conformance.zeek_reviewed import ARKIME, ZEEK

SHOWN = 20
SAMPLE = "tcp/"
"""Traces that the uncompiled kernels are held against; all would take them too long."""

OURS: Record = {
    "id.orig_h": "10.0.0.1",
    "id.orig_p": 40000,
    "id.resp_h": "192.0.2.7",
    "id.resp_p": 80,
    "proto": "tcp",
    "conn_state": "SF",
    "history": "ShADadFf",
    "orig_bytes": 5,
    "resp_bytes": 9,
    "orig_l2_addr": "00:00:0c:00:00:01",
    "resp_l2_addr": None,
    "duration": 1_000_000_000,
}


def group_of(*records: Record) -> zeek.Group:
    return zeek.Group("trace", "run", FlowOptions(), records)


def stated(**changes: str | int | None) -> Record:
    return {**OURS, "direction": "as logged", **changes}


def test_equal_records_agree_in_every_field() -> None:
    agreement = zeek.compare_group(group_of(stated()), [OURS])
    assert (agreement.records, agreement.whole, agreement.surplus) == (1, 1, 0)
    assert agreement.compared == agreement.equal
    assert agreement.compared["history"] == 1


def test_each_field_that_differs_is_told() -> None:
    agreement = zeek.compare_group(group_of(stated(history="ShA", orig_bytes=6)), [OURS])
    assert agreement.whole == 0
    assert {(each.field, each.theirs, each.ours) for each in agreement.differences} == {
        ("history", "ShA", "ShADadFf"),
        ("orig_bytes", 6, 5),
    }


def test_what_is_not_stated_is_not_compared() -> None:
    agreement = zeek.compare_group(group_of({"history": "ShADadFf"}), [OURS])
    assert agreement.whole == 1
    assert agreement.compared == {"history": 1}


def test_exchanged_roles_are_one_difference() -> None:
    turned = zeek.mirrored(OURS)
    assert turned["id.orig_h"] == "192.0.2.7"
    assert turned["history"] == "sHadADfF"
    assert turned["resp_bytes"] == 5
    agreement = zeek.compare_group(group_of(stated()), [turned])
    assert [each.field for each in agreement.differences] == ["direction"]


def test_missing_and_surplus_records_are_counted() -> None:
    other = {**OURS, "id.orig_p": 40001}
    agreement = zeek.compare_group(group_of(stated()), [other])
    assert agreement.surplus == 1
    assert sorted(each.field for each in agreement.differences) == ["missing", "surplus"]


def test_durations_may_differ_by_the_last_decimal_only() -> None:
    assert not zeek.unlike("duration", 1_000_000_000, 1_000_001_000)
    assert zeek.unlike("duration", 1_000_000_000, 1_000_001_001)
    assert zeek.unlike("duration", None, 1)


def test_the_likest_records_of_one_tuple_are_matched() -> None:
    theirs, ours = [{"n": 5}, {"n": 1}], [{"n": 1}, {"n": 5}]

    def cost(their: Record, our: Record) -> int:
        return int(their["n"] != our["n"])

    assert matched(theirs, ours, cost) == [(0, 1), (1, 0)]
    assert matched(theirs, ours[:1], cost) == [(0, None), (1, 0)]
    assert matched([], ours, cost) == [(None, 0), (None, 1)]


def test_a_review_counts_exactly() -> None:
    differences = [RecordDifference("a.pcap t", "tcp x", "history", "S", "Sh")] * 2
    reason = ReviewedRecords(("a.pcap*",), ("history",), 2, "why")
    assert not review(differences, [reason], True).stale
    assert review(differences[:1], [reason], True).stale
    assert not review(differences[:1], [reason], False).stale
    assert len(review(differences, [], True).unreviewed) == 2
    assert not reason.covers(RecordDifference("a.pcap t", "tcp x", "duration", 1, 2))
    assert not reason.covers(RecordDifference("b.pcap t", "tcp x", "history", 1, 2))
    assert not ReviewedRecords(("*",), (), 1, "why", ("udp *",)).covers(differences[0])


def test_agreements_add_up() -> None:
    first = zeek.compare_group(group_of(stated(history="S")), [OURS])
    total = Agreement()
    total.add(first)
    total.add(first)
    assert (total.records, len(total.differences), total.compared["history"]) == (2, 2, 2)


def test_server_ports_are_those_of_the_scripts() -> None:
    assert server_ports(True, ("base/protocols/conn",)) == ALWAYS
    assert server_ports(True, ("base/protocols/http", "policy/protocols/conn/mac-logging")) == (
        ALWAYS | BY_PROTOCOL["http"]
    )
    assert (6, 22) in server_ports(False, ())


def session(protocol: int) -> arkime.Session:
    return {
        "capture": "x",
        "community_id": "1:x",
        "ip_protocol": protocol,
        "src": "10.0.0.1",
        "src_port": 4,
        "dst": "10.0.0.2",
        "dst_port": 5,
        "packets_src": 3,
        "packets_dst": 2,
        "data_src": 30,
        "data_dst": 20,
        "first_ms": 10,
        "last_ms": 20,
    }


def test_sessions_are_added_up_whichever_side_came_first() -> None:
    there: arkime.Session = {**session(6), "tcpflags": {"rst": 1}}
    back: arkime.Session = {**there, "src": "10.0.0.2", "src_port": 5, "dst": "10.0.0.1", "first_ms": 5}
    (record,) = arkime.summed([there, back])
    assert (record["packets_src"], record["packets_dst"], record["data_src"]) == (5, 5, 50)
    assert (record["first_ms"], record["last_ms"], record["resets"]) == (5, 20, 2)


def test_the_header_of_a_ping_is_no_data() -> None:
    assert arkime.summed([session(1)])[0]["data_src"] == 30 - 3 * 8
    assert arkime.summed([session(17)])[0]["data_src"] == 30


@pytest.mark.corpora
def test_no_unreviewed_difference_from_zeek(corpora: Path) -> None:
    agreement = zeek_agreement(corpora, "" if COMPILED else SAMPLE)
    assert agreement.records > 0
    outcome = review(agreement.differences, ZEEK, complete=COMPILED)
    assert not outcome.unreviewed, "\n".join(map(str, outcome.unreviewed[:SHOWN]))
    assert not outcome.stale


@pytest.mark.corpora
def test_no_unreviewed_difference_from_arkime(corpora: Path) -> None:
    agreement = arkime_agreement(corpora, "" if COMPILED else "dns-")
    assert agreement.records > 0
    outcome = review(agreement.differences, ARKIME, complete=COMPILED)
    assert not outcome.unreviewed, "\n".join(map(str, outcome.unreviewed[:SHOWN]))
    assert not outcome.stale


@pytest.mark.corpora
def test_every_community_id_that_others_state_is_ours_too(corpora: Path, tmp_path: Path) -> None:
    compared, wrong = community_ids.differences(corpora, tmp_path)
    assert compared > 0
    assert not wrong, "\n".join(map(str, wrong[:SHOWN]))
