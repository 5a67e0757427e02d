from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.amplifiers import (
    AMPLIFIERS,
    HEAD,
    answered,
    asked,
    question_end,
    question_type,
)


@given(st.sampled_from(sorted(AMPLIFIERS)), st.binary(max_size=HEAD))
def test_any_octets_are_read_or_are_nothing(port: int, head: bytes) -> None:
    assert isinstance(asked(port, head), str)
    assert isinstance(answered(port, head), bool)
    assert 0 <= question_end(head) <= len(head)


@given(st.lists(st.binary(min_size=1, max_size=8), max_size=5), st.integers(1, 0xFFFF))
def test_the_type_of_any_question(labels: list[bytes], kind: int) -> None:
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    assert question_type(bytes(12) + name + struct.pack(">HH", kind, 1) + b"\xc0\x0c") == kind


@pytest.mark.parametrize(
    ("port", "octets", "name"),
    [
        (123, "1700032a00000000", "NTP monlist"),  # CVE-2013-5211
        (123, "16020001000000000000", "NTP readvar"),  # RFC 9327 section 2
        (123, "23" + "00" * 47, ""),  # RFC 5905: a client's question for the time
        (123, "9700032a", ""),  # an answer
        (
            161,
            "302602010104067075626c6963a519020412345678020100020128300b300906052b060102010500",
            "SNMP GetBulk",
        ),
        (161, "302602010104067075626c6963a019020412345678020100020100300b300906052b060102010500", ""),  # Get
        (1900, b"M-SEARCH * HTTP/1.1\r\n".hex(), "SSDP search"),
        (11211, (bytes(8) + b"version\r\n").hex(), ""),
    ],
)
def test_questions_that_are_known(port: int, octets: str, name: str) -> None:
    assert asked(port, bytes.fromhex(octets)) == name
