"""The stage: who recognises a connection, what a reader hears, what is inside, and every bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.flows.messages import conversation as rules
from netanatomy.flows.messages import stage as stage_rules
from netanatomy.flows.messages.protocol import MessageProtocol, Recognition, Row, Said
from netanatomy.flows.messages.registry import protocol_of, protocols
from netanatomy.flows.messages.stage import MessageStage, Told
from netanatomy.flows.messages.table import MessageTable, table_columns
from netanatomy.pipeline import Capture
from netanatomy.schema.column import Column, Kind, arrow_schema
from netanatomy.schema.connections import connection_schema
from netanatomy.schema.streams import stream_schema
from tests import wire
from tests.flows.talk import Talk
from tests.plain_rows import plain_rows
from tests.wire import ACK, PSH

Piece = tuple[str, bool, int, bytes]
COLUMNS = (Column("heard", Kind.TEXT, "Everything."), Column("word", Kind.NAME, "The first of it."))
CLIENT, SERVER = bytes(10) + b"\xff\xff\x0a\x00\x00\x01", bytes(10) + b"\xff\xff\xc0\x00\x02\x07"


class Reader:
    """Writes down what it hears; `;` is the end, and behind `>` comes something else."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.left: list[Said] = []
        self.finished = False

    def take(self, said: Said) -> None:
        assert not self.finished
        assert not self.left
        before, arrow, behind = said.octets.partition(b">")
        hole = f"({said.missed})" if said.missed else ""
        self.heard.append(f"{'o' if said.is_orig else 'r'}{hole}:{before.decode()}")
        self.finished = b";" in before
        if arrow:
            self.left = [Said(said.is_orig, said.ts, said.frame_number, 0, behind)]

    @property
    def rest(self) -> Sequence[Said]:
        return self.left

    def rows(self) -> Sequence[Row]:
        return [{"heard": " ".join(self.heard), "word": self.heard[0]}]


def protocol(name: str, opening: bytes, *, carries: bool = False, port: int = 80) -> MessageProtocol:
    def recognise(originator: bytes, responder: bytes) -> Recognition:
        said = originator or responder
        if said.startswith(opening):
            return Recognition.YES
        return Recognition.UNSURE if opening.startswith(said) else Recognition.NO

    return MessageProtocol(name, name, frozenset({port}), COLUMNS, recognise, Reader, carries=carries)


KNOWN = {each.name: each for each in (protocol("ping", b"PING"), protocol("tube", b"TUBE", carries=True))}


def streams(*pieces: Piece) -> pa.RecordBatch:
    rows = [
        {"uid": uid, "is_orig": is_orig, "offset": offset, "ts": number, "frame_number": number, "missed": 0}
        | {"data": data}
        for number, (uid, is_orig, offset, data) in enumerate(pieces, 1)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=stream_schema())


def ended(*uids: str, proto: str = "tcp", port: int = 80) -> pa.RecordBatch:
    row = {"proto": proto, "id.orig_h": CLIENT, "id.orig_p": 40000, "id.resp_h": SERVER, "id.resp_p": port}
    schema = pa.schema([connection_schema().field(name) for name in stage_rules.CONNECTION_COLUMNS])
    return pa.RecordBatch.from_pylist([{"uid": uid, **row} for uid in uids], schema=schema)


def rows(told: Iterable[Told]) -> list[dict[str, object]]:
    table = MessageTable(None)
    return [
        {name: row[name] for name in ("uid", "protocol", "inside", "usual_port", "frame_number")}
        | {"heard": each.message.row["heard"]}
        for each in told
        for batch in table.batches([each])
        for row in plain_rows(batch)
    ]


def heard(*pieces: Piece, stage: MessageStage | None = None) -> list[object]:
    stage = stage or MessageStage(protocols=KNOWN)
    told = stage.observe(streams(*pieces), ended(*dict.fromkeys(uid for uid, *_ in pieces)))
    return [each.message.row["heard"] for each in told]


def test_a_row_with_all_that_is_known_of_it() -> None:
    stage = MessageStage(protocols=KNOWN)
    assert stage.observe(streams(("A", True, 0, b"PING"), ("A", False, 0, b"pong")), None) == []
    told = stage.observe(None, ended("A", "B"))
    (row,) = plain_rows(next(MessageTable(KNOWN["ping"]).batches(told)))
    assert row == {
        "ts": 1,
        "uid": "A",
        "id.orig_h": CLIENT,
        "id.orig_p": 40000,
        "id.resp_h": SERVER,
        "id.resp_p": 80,
        "usual_port": True,
        "inside": None,
        "frame_number": 1,
        "heard": "o:PING r:pong",
        "word": "o:PING",
    }


def test_the_port_is_only_a_hint() -> None:
    stage = MessageStage(protocols=KNOWN)
    (row,) = rows(stage.observe(streams(("A", True, 0, b"PING")), ended("A", port=4444)))
    assert (row["protocol"], row["usual_port"]) == ("ping", False)


def test_pieces_are_kept_until_a_protocol_is_sure() -> None:
    assert heard(*(("A", True, at, b"PING;"[at : at + 1]) for at in range(5))) == ["o:P o:I o:N o:G o:;"]
    assert heard(("A", True, 0, b"PIN")) == []


def test_what_nobody_recognises_is_asked_about_once() -> None:
    asked = []

    def recognise(originator: bytes, responder: bytes) -> Recognition:
        asked.append((originator, responder))
        return Recognition.NO

    other = MessageProtocol("other", "other", frozenset(), COLUMNS, recognise, Reader)
    stage = MessageStage(protocols={"other": other})
    pieces = [("A", True, 0, b"x"), ("A", True, 1, b"y"), ("A", False, 0, b"z")]
    assert heard(*pieces, stage=stage) == []
    assert asked == [(b"x", b"")]


def test_a_protocol_that_is_not_wanted_is_read_only_for_what_it_carries() -> None:
    pieces = [("A", True, 0, b"PING"), ("B", True, 0, b"TUBE>PING")]
    assert heard(*pieces, stage=MessageStage(["ping"], KNOWN)) == ["o:PING", "o:PING"]
    assert heard(*pieces, stage=MessageStage(["tube"], KNOWN)) == ["o:TUBE"]


def test_what_is_spoken_inside_has_rows_of_the_same_connection() -> None:
    stage = MessageStage(protocols=KNOWN)
    pieces = [
        ("A", True, 0, b"TUBE>"),
        ("A", True, 5, b"TU"),
        ("A", True, 7, b"BE>PI"),
        ("A", True, 12, b"NG"),
    ]
    assert rows(stage.observe(streams(*pieces, ("A", False, 0, b"yes")), ended("A"))) == [
        {"uid": "A", "protocol": "tube", "inside": None, "usual_port": True, "frame_number": 1}
        | {"heard": "o:TUBE"},
        {"uid": "A", "protocol": "tube", "inside": ["tube"], "usual_port": None, "frame_number": 1}
        | {"heard": "o: o:TU o:BE"},
        {"uid": "A", "protocol": "ping", "inside": ["tube", "tube"], "usual_port": None, "frame_number": 3}
        | {"heard": "o:PI o:NG r:yes"},
    ]


def test_nesting_ends_somewhere() -> None:
    found = heard(("A", True, 0, b"TUBE>" * 50))
    assert found == ["o:TUBE"] * rules.MAXIMUM_NESTING


def test_a_finished_reader_hears_no_more() -> None:
    assert heard(("A", True, 0, b"PING;"), ("A", True, 5, b"more")) == ["o:PING;"]


def test_missing_octets_are_told_also_those_that_the_streams_forgot() -> None:
    assert heard(("A", True, 0, b"PING"), ("A", True, 10, b"x"), ("A", False, 3, b"y")) == [
        "o:PING o(6):x r(3):y"
    ]
    assert heard(("A", True, 1, b"PING")) == []


def test_datagrams_are_no_streams() -> None:
    assert heard(("A", True, 0, b"PING"), ("A", True, 0, b"PING")) == []
    stage = MessageStage(protocols=KNOWN)
    assert stage.observe(streams(("A", True, 0, b"PING")), ended("A", proto="udp")) == []
    assert stage.observe(streams(("A", True, 0, b"PING;")), ended("A", proto="udp")) == []


def test_an_octet_at_a_time_is_no_way_out() -> None:
    long = b"x" * 300
    patient = protocol("patient", long + b"!")
    stage = MessageStage(protocols={"patient": patient})
    found = heard(*(("A", True, at, octet.to_bytes()) for at, octet in enumerate(long + b"!")), stage=stage)
    assert str(found[0]).replace(" o:", "") == f"o:{long.decode()}!"


def test_who_never_says_enough_is_given_up() -> None:
    asked = []

    def recognise(originator: bytes, responder: bytes) -> Recognition:
        asked.append(len(originator) + len(responder))
        return Recognition.UNSURE

    never = MessageProtocol("never", "never", frozenset(), COLUMNS, recognise, Reader)
    stage = MessageStage(protocols={"never": never})
    pieces = [("A", True, at * 1000, b"x" * 1000) for at in range(50)]
    assert heard(*pieces, stage=stage) == []
    assert max(asked) == rules.RECOGNITION_OCTETS
    assert len(asked) == rules.KEPT_OCTETS // 1000 + 1
    asked.clear()
    assert heard(*(("B", at % 2 == 0, at // 2, b"x") for at in range(1000)), stage=stage) == []
    assert len(asked) == 2 * rules.KEPT_PIECES + 1


def test_the_oldest_conversation_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_rules, "MAXIMUM_CONVERSATIONS", 3)
    stage = MessageStage(protocols=KNOWN)
    flood = [(f"{number}", True, 0, b"PING") for number in range(10)]
    told = stage.observe(streams(("A", True, 0, b"PING"), *flood, ("A", True, 4, b"late")), ended("A"))
    assert [each.message.row["heard"] for each in told] == ["o:PING"]
    assert stage.conversations_given_way == 8
    (anomaly,) = stage.anomalies
    assert (anomaly.name, anomaly.layer) == ("conversations-evicted", "application")
    assert anomaly.reason.startswith("8 conversations")


def test_messages_that_wait_too_long_come_without_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_rules, "MAXIMUM_WAITING", 2)
    stage = MessageStage(protocols=KNOWN)
    told = stage.observe(streams(*((f"{number}", True, 0, b"PING;") for number in range(5))), None)
    assert [each.uid for each in told] == ["0", "1", "2"]
    (row,) = plain_rows(next(MessageTable(None).batches(told[:1])))
    assert (row["uid"], row["id.orig_h"], row["usual_port"]) == ("0", None, None)
    assert [each.uid for each in stage.observe(None, ended(*"01234"))] == ["3", "4"]
    assert [anomaly.name for anomaly in stage.anomalies] == ["messages-evicted"]


def test_nothing_stays_of_connections_that_ended() -> None:
    stage = MessageStage(protocols=KNOWN)
    pieces = [
        ("A", True, 0, b"PING"),
        ("B", True, 0, b"PING;"),
        ("C", True, 0, b"none"),
        ("D", True, 0, b"P"),
    ]
    stage.observe(streams(*pieces), ended(*"ABCD"))
    assert not (stage._listened or stage._waiting or stage._waiting_messages or stage._dismissed)


def test_names_keep_their_codes_and_texts_are_text() -> None:
    table = MessageTable(protocol("ping", b"PING"))
    stage = MessageStage(protocols=KNOWN)
    batches = []
    for uid, word in (("A", b"PING1"), ("B", b"PING2"), ("C", b"PING1")):
        batches.extend(table.batches(stage.observe(streams((uid, True, 0, word)), ended(uid))))
    for batch in batches:
        batch.validate(full=True)
    assert [batch["word"].indices.to_pylist() for batch in batches] == [[0], [1], [0]]
    (told,) = stage.observe(streams(("D", True, 0, b"PING")), ended("D"))
    assert isinstance(told.message.row, dict)
    told.message.row["heard"] = "a\ud800"
    assert next(table.batches([told]))["heard"].to_pylist() == ["a\\ud800"]


def written(talk: Talk, path: Path) -> Capture:
    return Capture(wire.write_capture(path / "a.pcapng", [octets for _, octets in talk.frames]))


def test_a_dialogue_is_heard_in_the_order_in_which_it_was_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments that are late, sent again or lost do not change whose turn it was."""
    talk = Talk().handshake()
    talk.client(PSH | ACK, 1, 1, b"PING a")
    talk.server(PSH | ACK, 1, 7, b"one")
    talk.client(PSH | ACK, 10, 4, b"c")
    late = talk.client(PSH | ACK, 7, 4, b" b ")
    talk.again(late)
    talk.server(PSH | ACK, 4, 11, b"two")
    talk.client(PSH | ACK, 11, 7, b"d")
    talk.closing(12, 7)
    monkeypatch.setattr(stage_rules, "every_protocol", lambda: KNOWN)
    monkeypatch.setattr("netanatomy.flows.messages.registry.protocols", lambda: KNOWN)
    table = written(talk, tmp_path).messages("ping").to_arrow()
    assert table["heard"].to_pylist() == ["o:PING a r:one o: b  o:c r:two o:d"]
    assert table["frame_number"].to_pylist() == [4]
    assert table.schema.equals(arrow_schema(table_columns(KNOWN["ping"])))


def test_datagrams_are_not_even_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their frames tell them: a capture of nothing else costs little. Segments in a tunnel of UDP stay."""
    asked = []

    def recognise(originator: bytes, responder: bytes) -> Recognition:
        asked.append(originator or responder)
        return Recognition.UNSURE

    every = MessageProtocol("every", "every", frozenset(), COLUMNS, recognise, Reader)
    monkeypatch.setattr(stage_rules, "every_protocol", lambda: {"every": every})
    segment = wire.tcp_frame(PSH | ACK, payload=b"segment")
    vxlan = wire.udp(b"\x08\0\0\0\0\0\x07\0" + segment, 50_000, 4789)
    datagram = wire.udp(b"datagram", 20_000, 20_001)
    frames = [wire.ethernet(wire.ipv4(each, protocol=17)) for each in (datagram, vxlan, datagram)]
    capture = Capture(wire.write_capture(tmp_path / "a.pcapng", [*frames, segment]))
    assert capture.messages().to_arrow().num_rows == 0
    assert b"datagram" not in asked
    assert asked.count(b"segment") >= 1


def test_columns_and_filters(tmp_path: Path) -> None:
    talk = Talk().handshake()
    talk.client(PSH | ACK, 1, 1, b"\x05\x01\x00")
    talk.server(PSH | ACK, 1, 4, b"\x05\xff")
    capture = written(talk.closing(4, 3), tmp_path)
    stream = capture.messages("socks", columns=["status", "id.resp_p"], filter="id.orig_h = '10.0.0.1'")
    assert stream.to_arrow().to_pylist() == [{"status": "no acceptable method", "id.resp_p": 80}]
    assert capture.messages("socks", filter="usual_port").to_arrow().num_rows == 0
    assert capture.messages(columns=["protocol"]).to_arrow().to_pylist() == [{"protocol": "socks"}]
    with pytest.raises(UsageError, match="no column 'statu'; did you mean status"):
        capture.messages("socks", columns=["statu"])
    with pytest.raises(UsageError, match="did you mean socks"):
        capture.messages("sock")


def test_room_is_told_with_the_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_rules, "MAXIMUM_WAITING", 0)
    talk = Talk().handshake()
    talk.client(PSH | ACK, 1, 1, b"\x05\x01\x00")
    talk.server(PSH | ACK, 1, 4, b"\x05\xff")
    capture = written(talk.closing(4, 3), tmp_path)
    assert capture.messages(columns=["id.orig_p"]).to_arrow().to_pylist() == [{"id.orig_p": None}]
    assert [anomaly.name for anomaly in capture.anomalies] == ["messages-evicted"]


def test_every_protocol_is_well_declared() -> None:
    assert "socks" in protocols()
    for name, each in protocols().items():
        assert protocol_of(name) is each
        names = [column.name for column in table_columns(each)]
        assert len(names) == len(set(names))
        assert set(each.shown) <= set(names)
        assert all(column.meaning.endswith(".") for column in each.columns)
        assert each.recognise(b"", b"") is Recognition.UNSURE


EVERY_PROTOCOL = pytest.mark.parametrize("name", sorted(protocols()))


@EVERY_PROTOCOL
@given(said=st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.binary(max_size=40))))
def test_whatever_is_said_nothing_is_raised(name: str, said: list[tuple[bool, int, bytes]]) -> None:
    each = protocols()[name]
    reader = each.reader()
    for number, (is_orig, missed, octets) in enumerate(said):
        each.recognise(octets, b"")
        if not reader.finished and not reader.rest:
            reader.take(Said(is_orig, number, number, missed // 2, octets))
    _table_of(each, reader.rows)


def _table_of(each: MessageProtocol, made: Callable[[], Sequence[Row]]) -> None:
    message = [rules.Message(each, (), 1, 1, row) for row in made()]
    for batch in MessageTable(each).batches([Told("A", None, one) for one in message]):
        batch.validate(full=True)
