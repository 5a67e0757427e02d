"""TLS over any stream, with all of its handshake kept: OpenSSL does the cryptography, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from OpenSSL import SSL, crypto

from netanatomy.active.probe.failure import ProbeError, quoted
from netanatomy.active.probe.stream import READ, Stream
from netanatomy.active.probe.target import is_address
from netanatomy.active.probe.tls_facts import (
    MAXIMUM_CERTIFICATES,
    reason,
    tls_facts,
    trust,
)
from netanatomy.errors import ParseError
from netanatomy.layers.application.tls import Alert, ServerHello, server_answer, suite_name
from netanatomy.layers.application.tls_finite_field import prime_bits
from netanatomy.layers.application.x509_errors import verify_error
from netanatomy.schema.probe import ProbeOutcome, TlsFacts, VerifyError

CIPHERS = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
"""Whatever a server may want: what is weak is told, not refused."""

SUITES = b":".join(
    (
        b"TLS_AES_256_GCM_SHA384",
        b"TLS_CHACHA20_POLY1305_SHA256",
        b"TLS_AES_128_GCM_SHA256",
        b"TLS_AES_128_CCM_SHA256",
        b"TLS_AES_128_CCM_8_SHA256",
    )
)
"""All of TLS 1.3 (RFC 8446 appendix B.4); by itself OpenSSL leaves out CCM, which small devices have."""

KEPT = 65_536
"""Octets of the server's handshake that are kept, to read its ServerHello."""

MAXIMUM_HANDSHAKE = 1_000_000
"""Octets that a handshake may take: a server could send records for ever."""

VERSION_NAMES = {"TLSv1": "TLSv1.0"}
"""OpenSSL's names that differ from ours."""


class TlsStream(Stream):
    """TLS over another stream. Nobody is refused: who is not trusted is told as such."""

    def __init__(self, beneath: Stream, server_name: str, alpn: Sequence[str] = (), ca: str = "") -> None:
        self._beneath = beneath
        self._server_name = server_name
        self._errors: list[VerifyError] = []
        self._staple = b""
        self._seen = bytearray()
        self.facts: TlsFacts | None = None
        self.truncated = False
        """Whether the connection ended without the word that it does (close_notify, RFC 8446 section 6.1)."""
        self._connection = SSL.Connection(self._context(ca), None)
        self._connection.set_connect_state()
        if not is_address(server_name):
            self._connection.set_tlsext_host_name(server_name.rstrip(".").encode("ascii"))
        if alpn:
            self._connection.set_alpn_protos([each.encode("ascii") for each in alpn])
        self._connection.request_ocsp()

    async def handshake(self) -> TlsFacts:
        """Shake hands, and tell what came of it.

        Raises:
            ProbeError: the server ended it, or does not speak TLS.
            OSError: the connection broke.
        """
        received = 0
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                await self._flush()
                octets = await self._beneath.receive()
                received += len(octets)
                self._seen += octets[: KEPT - len(self._seen)]
                if not octets:
                    raise ProbeError(ProbeOutcome.CLOSED, self._closed()) from None
                if received > MAXIMUM_HANDSHAKE:
                    raise ProbeError(ProbeOutcome.UNUSABLE, "a TLS handshake that does not end") from None
                self._connection.bio_write(octets)
            except SSL.Error as error:
                raise ProbeError(ProbeOutcome.UNUSABLE, self._failure(error)) from error
            else:
                await self._flush()
                self.facts = self._facts()
                return self.facts

    async def receive(self) -> bytes:
        """Some octets; none at the end."""
        while True:
            try:
                return self._connection.recv(READ)
            except SSL.WantReadError:
                await self._flush()
                octets = await self._beneath.receive()
                if not octets:
                    self.truncated = True
                    return b""
                self._connection.bio_write(octets)
            except SSL.ZeroReturnError:
                return b""
            except SSL.Error as error:
                raise ProbeError(ProbeOutcome.UNUSABLE, self._failure(error)) from error

    async def send(self, octets: bytes) -> None:
        """Send all of it."""
        rest = memoryview(octets)
        while rest:
            try:
                sent = self._connection.send(bytes(rest[:READ]))
            except SSL.WantReadError:
                await self._flush()
                octets = await self._beneath.receive()
                if not octets:
                    raise ProbeError(ProbeOutcome.CLOSED, "the connection was closed") from None
                self._connection.bio_write(octets)
            except SSL.Error as error:
                raise ProbeError(ProbeOutcome.UNUSABLE, self._failure(error)) from error
            else:
                rest = rest[sent:]
                await self._flush()

    def close(self) -> None:
        """Let go."""
        self._beneath.close()

    async def _flush(self) -> None:
        while True:
            try:
                octets = self._connection.bio_read(READ)
            except SSL.WantReadError:
                return
            await self._beneath.send(octets)

    def _context(self, ca: str) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_cipher_list(CIPHERS)
        context.set_tls13_ciphersuites(SUITES)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
        trust(context, ca)

        def judged(_: SSL.Connection, __: crypto.X509, code: int, depth: int, fine: int) -> bool:
            if not fine and len(self._errors) < MAXIMUM_CERTIFICATES:
                self._errors.append(verify_error(code, depth))
            return True

        def stapled(_: SSL.Connection, response: bytes, __: object) -> bool:
            self._staple = response
            return True

        context.set_verify(SSL.VERIFY_PEER, judged)
        context.set_ocsp_client_callback(stapled)
        return context

    def _facts(self) -> TlsFacts:
        certificates = (self._connection.get_peer_cert_chain() or [])[:MAXIMUM_CERTIFICATES]
        name = self._connection.get_protocol_version_name()
        hello = self._said()
        # What was on the wire has IANA's name of the suite; OpenSSL has its own.
        suite = suite_name(hello.suite) if isinstance(hello, ServerHello) else ""
        return tls_facts(
            version=VERSION_NAMES.get(name, name),
            suite=suite or self._connection.get_cipher_name() or "",
            group=self._connection.get_group_name() or self._finite_field(suite),
            alpn=self._connection.get_alpn_proto_negotiated().decode("ascii", "replace"),
            host=self._server_name,
            chain=[crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in certificates],
            errors=self._errors,
            staple=self._staple,
        )

    def _finite_field(self, suite: str) -> str:
        """Before TLS 1.3, OpenSSL does not tell of primes that servers make up themselves."""
        bits = (
            prime_bits(bytes(self._seen)) if suite.startswith("TLS_DHE_") and "_PSK_" not in suite else None
        )
        return f"DH {bits}" if bits else ""

    def _said(self) -> ServerHello | Alert | None:
        try:
            return server_answer(bytes(self._seen))
        except ParseError:
            return None

    def _closed(self) -> str:
        if not self._seen:
            return (
                "the server closes the connection at the ClientHello, without a word: no TLS, or not for us"
            )
        return "the server closes the connection in the middle of the handshake"

    def _failure(self, error: SSL.Error) -> str:
        said = self._said()
        if isinstance(said, Alert):
            return f"the server ends the handshake: {said.name} (alert {said.description})"
        if self._seen and self._seen[0] not in (20, 21, 22):
            return f"the server does not speak TLS: it says {quoted(bytes(self._seen[:40]))}"
        return f"TLS failed: {reason(error)}"
