from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve.servers import ENCRYPTED, HTTP, Server, Transport, parse_server
from netanatomy.errors import UsageError

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.builds(
    lambda labels, last: ".".join([*labels, last]), st.lists(LABEL, max_size=3), st.just("test")
)
ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)
).map(str)
PORTS = st.integers(1, 65535)


@st.composite
def servers(draw: st.DrawFn) -> Server:
    transport = draw(st.sampled_from(list(Transport)))
    http = transport in HTTP
    return Server(
        transport=transport,
        host=draw(st.one_of(NAMES, ADDRESSES)),
        port=draw(PORTS),
        path=draw(st.from_regex(r"/[A-Za-z0-9._~/-]{0,20}", fullmatch=True)) if http else "",
        get=draw(st.booleans()) if http else False,
        name=draw(st.one_of(st.just(""), NAMES)) if transport in ENCRYPTED else "",
    )


@given(servers())
def test_what_is_written_is_read_again(server: Server) -> None:
    assert parse_server(str(server)) == server


@given(st.one_of(st.text(max_size=40), st.from_regex(r"(tls|https|udp|quic)://[\[\]0-9a-f:.%#/@]{0,30}")))
def test_any_text_is_a_server_or_a_clear_error(text: str) -> None:
    try:
        server = parse_server(text)
    except UsageError as error:
        assert "--server" in str(error)
    else:
        assert parse_server(str(server)) == server
        assert 0 < server.port < 65536


@pytest.mark.parametrize(
    ("text", "shown", "port"),
    [
        ("9.9.9.9", "udp://9.9.9.9", 53),
        ("9.9.9.9:5353", "udp://9.9.9.9:5353", 5353),
        ("2620:fe::fe", "udp://[2620:fe::fe]", 53),
        ("[::1]:5353", "udp://[::1]:5353", 5353),
        ("fe80::1%eth0", "udp://[fe80::1%eth0]", 53),
        ("TCP://1.1.1.1", "tcp://1.1.1.1", 53),
        ("tls://dns.quad9.net", "tls://dns.quad9.net", 853),
        ("https://dns.google", "https://dns.google/dns-query", 443),
        ("https://dns.google/resolve{?dns}", "https://dns.google/resolve{?dns}", 443),
        ("h3://[2620:fe::fe]#dns.quad9.net", "h3://[2620:fe::fe]/dns-query#dns.quad9.net", 443),
        ("quic://dns.example:8853", "quic://dns.example:8853", 8853),
        ("udp://9.9.9.9/", "udp://9.9.9.9", 53),
    ],
)
def test_servers(text: str, shown: str, port: int) -> None:
    server = parse_server(text)
    assert (str(server), server.port) == (shown, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", "ftp://1.1.1.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "9.9.9.9:0", "9.9.9.9:65536", "9.9.9.9:x"),
        *(
            "[::1",
            "[1.2.3.4]",
            "[::1]x",
            "udp://9.9.9.9/path",
            "udp://9.9.9.9#name",
            "tls://a b",
            "user@host",
        ),
        *("tls://x#", "https://dns.google/a b", "tls://-bad.example", "https:///dns-query", "9.9.9.9:٥٣"),
    ],
)
def test_no_servers(text: str) -> None:
    if text == "tls://x#":
        assert parse_server(text).name == ""
        return
    with pytest.raises(UsageError, match="--server"):
        parse_server(text)


def test_the_name_to_verify() -> None:
    assert parse_server("tls://9.9.9.9#dns.quad9.net").server_name == "dns.quad9.net"
    assert parse_server("tls://[fe80::1%eth0]").server_name == "fe80::1"
    assert parse_server("https://dns.example.").server_name == "dns.example"
