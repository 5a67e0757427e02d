"""DNS over HTTP/3: a server that sends what grows or does not end costs neither memory nor time."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

import netanatomy as na
from netanatomy.active.resolve import Options
from netanatomy.schema.resolution import Outcome
from tests.active.probe.authority import Authority
from tests.active.probe.http3_server import http3_server


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("bomb", "error 513"),
        ("head-for-ever", "a head of more than 65536"),
        ("trailers-for-ever", "a head of more than 65536"),
        ("much-elsewhere", "nobody asked for"),
        ("other-streams", "nobody asked for"),
        ("body-for-ever", "more than 65535 octets"),
    ],
)
def test_what_does_not_end(page: str, words: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    begun, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with http3_server(authority.server("good"), always=page) as (port, _):
        server = f"h3://127.0.0.1:{port}/dns-query"
        options = Options(ca=str(authority.trust), attempts=1)
        (answer,) = na.resolve("a.example", ["A"], server, options=options)
    assert answer.outcome is Outcome.UNUSABLE, answer.detail
    assert words in answer.detail, answer.detail
    assert time.monotonic() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 150_000
