from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.terminals import ENDS, says


@given(st.binary(max_size=200))
def test_any_octets_are_of_a_shell_a_login_or_neither(octets: bytes) -> None:
    assert says(octets) in {"", "shell", "login"}


@given(st.binary(max_size=100), st.sampled_from([b"root@a:/# ", b"C:\\>", b"a@b:~%", b"files login: "]))
def test_what_comes_before_the_last_line_makes_no_difference(before: bytes, last: bytes) -> None:
    octets = before.replace(b"\x1b", b"") + b"\n" + last
    assert says(octets)
    assert octets.rstrip()[-1] in ENDS


@pytest.mark.parametrize("words", [b"debian login: ", b"login:", b"Username: ", b"\r\nPassword: "])
def test_who_asks_who_it_is(words: bytes) -> None:
    assert says(words) == "login"


@pytest.mark.parametrize(
    "words", [b"root@a:/# \n", b"a root@a:/# ", b"last login: today", b"uid=0 gid=0", b""]
)
def test_what_is_neither(words: bytes) -> None:
    assert says(words) == ""
