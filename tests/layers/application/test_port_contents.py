from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.port_contents import EXPECTED, PROTOCOLS, REMOTE_CONTROL, SHELLS, misplaced


@given(st.sampled_from(sorted((*EXPECTED, *REMOTE_CONTROL, *SHELLS))), st.binary(max_size=64), st.booleans())
def test_any_octets_are_something_or_nothing(port: int, head: bytes, asks: bool) -> None:
    assert misplaced(port, head, asks=asks) in {"", *PROTOCOLS}


@pytest.mark.parametrize(
    ("port", "head"),
    [
        (21, b"220 (vsFTPd 3.0.3)\r\n"),
        (22, b"SSH-2.0-dropbear\r\n"),
        (25, b"220 mail.example ESMTP Postfix\r\n"),
        (80, b"HTTP/1.1 200 OK\r\n"),
        (110, b"+OK ready\r\n"),
        (143, b"* OK ready\r\n"),
        (443, b"\x16\x03\x03\x00\x7a\x02"),
    ],
)
def test_a_service_at_its_own_port_is_at_home_and_elsewhere_is_not(port: int, head: bytes) -> None:
    assert misplaced(port, head, asks=False) == ""
    assert misplaced(53, head, asks=False) != ""


@pytest.mark.parametrize(
    "words",
    [b"uid=0(root) gid=0(root)", b"Microsoft Windows [Version 10.0.19045]", b"sh-5.2# ", b"root@host:~# "],
)
def test_command_lines(words: bytes) -> None:
    assert misplaced(4444, words, asks=False) == "shell"
