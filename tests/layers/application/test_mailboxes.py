from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.mailboxes import logs_in


@given(st.binary(max_size=100))
def test_any_octets_are_a_login_or_none(octets: bytes) -> None:
    assert logs_in(octets) in {True, False}


@pytest.mark.parametrize(
    "line",
    [
        b"a1 LOGIN anna secret\r\n",
        b"A001 authenticate PLAIN\r\n",
        b"x STARTTLS\r\n",
        b"a1 LOGIN {4}\r\n",
        b"user anna\r\n",
        b"APOP anna c4c9334bac560ecc979e58001b3e22fb\r\n",
        b"STLS\r\n",
    ],
)
def test_who_the_client_is(line: bytes) -> None:
    assert logs_in(line)


@pytest.mark.parametrize(
    "line",
    [b"a1 NOOP\r\n", b"a1 CAPABILITY\r\n", b"DONE\r\n", b"a1 ID (LOGIN x)\r\n", b"QUIT\r\n", b"USERS\r\n"],
)
def test_what_is_no_login(line: bytes) -> None:
    assert not logs_in(line)
