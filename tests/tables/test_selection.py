from __future__ import annotations

from ipaddress import ip_address
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.schema.match import Match, Operator, Selector, between, flags, where
from netanatomy.schema.packets import packet_schema
from netanatomy.tables.rows import Rows
from netanatomy.tables.selection import selected, selected_columns

ADDRESSES = ["10.0.0.1", "10.0.0.2", "192.0.2.7", None, "2001:db8::1", "0.0.0.0"]


def octets(text: str | None) -> bytes | None:
    if text is None:
        return None
    packed = ip_address(text).packed
    return packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed


def packets() -> Rows:
    count = len(ADDRESSES)
    columns = {
        "time": list(range(100, 100 + count)),
        "ip_source": [octets(text) for text in ADDRESSES],
        "eth_source": [bytes([2, 0, 0, 0, 0, index]) for index in range(count)],
        "tcp_flags": [2, 18, 16, None, 2, 0],
        "destination_port": [80, 443, None, 53, 80, 0],
        "fragment_anomaly": [None, "tiny", "overlap", None, "tiny", None],
        "ip_more_fragments": [True, False, None, True, False, True],
    }
    schema = pa.schema([packet_schema().field(name) for name in columns])
    arrays = [
        pa.array(values, pa.string()).dictionary_encode().cast(field.type)
        if pa.types.is_dictionary(field.type)
        else pa.array(values, field.type)
        for field, values in zip(schema, columns.values(), strict=True)
    ]
    return Rows(pa.RecordBatch.from_arrays(arrays, schema=schema))


def chosen(*matches: Match) -> list[int]:
    return np.flatnonzero(selected(packets(), [Selector(matches)])).tolist()


@pytest.mark.parametrize(
    ("matches", "rows"),
    [
        (where(ip_source="10.0.0.1"), [0]),
        (where(ip_source="0.0.0.0"), [5]),  # not the rows without an address
        (where(ip_source=["10.0.0.2", "2001:db8::1"]), [1, 4]),
        ((Match("ip_source", Operator.NOT_EQUAL, "10.0.0.1"),), [1, 2, 4, 5]),
        ((Match("ip_source", Operator.NETWORK, "10.0.0.0/8"),), [0, 1]),
        ((Match("ip_source", Operator.NETWORK, ("10.0.0.0/31", "2001:db8::/32")),), [0, 4]),
        ((Match("ip_source", Operator.NETWORK, "0.0.0.0/0"),), [0, 1, 2, 5]),
        ((Match("ip_source", Operator.NOT_NETWORK, "10.0.0.0/8"),), [2, 4, 5]),
        (where(eth_source="02:00:00:00:00:03"), [3]),
        (where(eth_source=["02:00:00:00:00:03", "02:00:00:00:00:00"]), [0, 3]),
        ((flags(0x12, 0x02),), [0, 4]),
        (where(destination_port=0), [5]),
        (where(destination_port=80, tcp_flags=2), [0, 4]),
        ((Match("destination_port", Operator.AT_LEAST, 80), *between(101, 104)), [1, 4]),
        ((Match("destination_port", Operator.NOT_EQUAL, 80),), [1, 3, 5]),
        (where(fragment_anomaly="tiny"), [1, 4]),
        (where(fragment_anomaly="conflict"), []),
        ((Match("fragment_anomaly", Operator.NOT_EQUAL, "tiny"),), [2]),
        (where(ip_more_fragments=True), [0, 3, 5]),
        (where(ip_more_fragments=False), [1, 4]),
        ((), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_conditions(matches: tuple[Match, ...], rows: list[int]) -> None:
    assert chosen(*matches) == rows


def test_any_selector_is_enough() -> None:
    several = [Selector(where(destination_port=53)), Selector(where(ip_source="10.0.0.1"))]
    assert np.flatnonzero(selected(packets(), several)).tolist() == [0, 3]


@pytest.mark.parametrize(
    "match",
    [
        Match("ip_source", Operator.EQUAL, "10.0.0"),
        Match("ip_source", Operator.NETWORK, "10.0.0.0/33"),
        Match("ip_source", Operator.AT_LEAST, "10.0.0.1"),
        Match("eth_source", Operator.NETWORK, "10.0.0.0/8"),
        Match("eth_source", Operator.EQUAL, "10.0.0.1"),
        Match("ip_source", Operator.IN, ("10.0.0.1", "02:00:00:00:00:03")),
        Match("tcp_flags", Operator.EQUAL, "SYN"),
        Match("tcp_flags", Operator.NETWORK, "10.0.0.0/8"),
        Match("fragment_anomaly", Operator.AT_LEAST, "tiny"),
    ],
)
def test_what_cannot_be_compared_is_a_users_mistake(match: Match) -> None:
    with pytest.raises(UsageError):
        chosen(match)


def test_a_column_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no column colour"):
        selected_columns([Selector((Match("colour", Operator.EQUAL, 1),))])


@given(
    st.lists(st.ip_addresses(v=4), min_size=1, max_size=20),
    st.lists(st.ip_addresses(v=4), min_size=1, max_size=5),
    st.integers(0, 32),
)
def test_addresses_against_the_standard_library(
    sources: list[object], wanted: list[object], bits: int
) -> None:
    from ipaddress import ip_network

    batch = pa.record_batch({"ip_source": pa.array([octets(str(one)) for one in sources], pa.binary(16))})
    network = ip_network(f"{wanted[0]}/{bits}", strict=False)
    inside = selected(Rows(batch), [Selector((Match("ip_source", Operator.NETWORK, str(network)),))])
    assert inside.tolist() == [one in network for one in sources]
    texts = tuple(map(str, wanted))
    equal = selected(Rows(batch), [Selector((Match("ip_source", Operator.IN, texts),))])
    assert equal.tolist() == [str(one) in texts for one in sources]


MANY = tuple(f"10.{number >> 8}.{number & 255}.7" for number in range(2_000))


@given(st.lists(st.sampled_from([*MANY[:50], "10.0.0.8", "2001:db8::a00:7", "0.0.0.0", None]), max_size=60))
def test_one_of_many_addresses(sources: list[str | None]) -> None:
    """Also of those that only the hash of a word would take for one of them."""
    rows = Rows(pa.record_batch({"ip_source": pa.array([octets(one) for one in sources], pa.binary(16))}))
    if not sources:
        return
    found = selected(rows, [Selector(where(ip_source=MANY))])
    assert found.tolist() == [one in MANY for one in sources]
    others = selected(rows, [Selector((Match("ip_source", Operator.NOT_EQUAL, MANY),))])
    assert others.tolist() == [one is not None and one not in MANY for one in sources]


def test_the_order_of_conditions_makes_no_difference() -> None:
    matches = (*between(100, 104), *where(ip_source=["10.0.0.1", "2001:db8::1"], destination_port=80))
    for turned in permutations(matches):
        assert chosen(*turned) == [0, 4]


def test_a_batch_of_another_time_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(Rows, "words", lambda _, name: looked.append(name))
    for times in (between(0, 99), between(106, 200)):
        assert chosen(*where(ip_source="10.0.0.1"), *times) == []
    assert looked == []
