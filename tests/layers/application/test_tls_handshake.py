"""The messages of a TLS 1.3 handshake: as aioquic writes them, cut, and changed."""

from __future__ import annotations

from aioquic.buffer import Buffer
from aioquic.tls import (
    Certificate,
    CipherSuite,
    EncryptedExtensions,
    ServerHello,
    push_certificate,
    push_encrypted_extensions,
    push_server_hello,
)
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import ParseError
from netanatomy.layers.application.tls_handshake import MAXIMUM_CERTIFICATES, messages, server_flight

STAPLE = b"\x00\x05\x00\x09\x01\x00\x00\x05hello"


def flight() -> bytes:
    buffer = Buffer(capacity=2000)
    hello = ServerHello(
        random=bytes(32),
        legacy_session_id=bytes(32),
        cipher_suite=CipherSuite.AES_128_GCM_SHA256,
        compression_method=0,
        key_share=(29, bytes(32)),
        supported_version=0x0304,
    )
    push_server_hello(buffer, hello)
    extensions = EncryptedExtensions(alpn_protocol="h3", other_extensions=[(57, b"\x01\x01\x05")])
    push_encrypted_extensions(buffer, extensions)
    certificate = Certificate(request_context=b"", certificates=[(b"first", STAPLE), (b"second", b"")])
    push_certificate(buffer, certificate)
    return bytes(buffer.data)


def test_what_a_server_said() -> None:
    found = server_flight(flight())
    assert found.hello is not None
    assert (found.hello.version, found.hello.suite, found.hello.group) == (0x0304, 0x1301, 29)
    assert (found.alpn, found.parameters) == ("h3", b"\x01\x01\x05")
    assert (found.chain, found.staple) == ((b"first", b"second"), b"hello")


def test_every_truncation() -> None:
    octets = flight()
    whole = list(messages(octets))
    for length in range(len(octets)):
        assert list(messages(octets[:length])) == whole[: len(list(messages(octets[:length])))]
        cut = server_flight(octets[:length])
        assert cut.chain == ()


def test_empty_certificates_are_bounded() -> None:
    entries = b"\x00\x00\x00\x00\x00" * 5000
    body = b"\x00" + len(entries).to_bytes(3, "big") + entries
    found = server_flight(b"\x0b" + len(body).to_bytes(3, "big") + body)
    assert len(found.chain) == MAXIMUM_CERTIFICATES


@given(st.data())
def test_anything_is_read_or_refused(data: st.DataObject) -> None:
    octets = bytearray(flight())
    for _ in range(data.draw(st.integers(1, 5))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        server_flight(bytes(octets))
    except ParseError:
        return
