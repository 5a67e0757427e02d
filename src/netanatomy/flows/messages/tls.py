"""TLS: one row per session, with Zeek's names of ssl.log, and what a defender should know of it.

The facts are `layers.application.tls_session`'s; the judgements are those that `netanatomy probe tls` gives,
by the same function. What is judged is judged at the time of the packets, never by the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from netanatomy.flows.messages.protocol import MessageProtocol, Recognition, Row, Said
from netanatomy.flows.messages.tls_preamble import Preamble
from netanatomy.layers.application.ja3 import is_grease, ja3, ja3s
from netanatomy.layers.application.tls import DRAFTS, VERSION_NAMES, suite_name
from netanatomy.layers.application.tls_groups import withstands_quantum
from netanatomy.layers.application.tls_judgements import BAD, NOTE, WEAK, judge_session
from netanatomy.layers.application.tls_recognition import Beginning, begins_with
from netanatomy.layers.application.tls_session import TlsSession
from netanatomy.layers.application.tls_ssl2 import SSL_2_0
from netanatomy.layers.application.tls_upgrades import may_ask, upgrade
from netanatomy.layers.application.x509 import matches, read_certificate, staple_words
from netanatomy.schema.column import Column, Kind
from netanatomy.schema.probe import Certificate, Judgement

MAXIMUM_SUITES = 500
"""Suites of one ClientHello that are told; IANA knows fewer. Bounds hellos that bring 32,767 of them."""

MAXIMUM_NAMES = 50
"""Versions, and application protocols, of one ClientHello that are told. Bounds the same."""

MAXIMUM_JUDGEMENTS = 50
"""Judgements of a row that are told in words. Bounds chains of a hundred bad certificates."""

MAXIMUM_TEXT = 1_000
"""Characters of a name that are told; what is longer is cut there and ends in `…`. Bounds rows of 65,535."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COLUMNS = (
    Column("version", Kind.TEXT, "The version the server chose, in Zeek's spelling: TLSv12, TLSv13, SSLv3."),
    Column("cipher", Kind.TEXT, "The cipher suite the server chose, by IANA's name."),
    Column("curve", Kind.TEXT, "The named group of the key exchange, where it is one."),
    Column("server_name", Kind.TEXT, "The server the client asked for (SNI)."),
    Column("resumed", Kind.BOOL, "Whether an earlier session was taken up again."),
    Column("last_alert", Kind.TEXT, "The last alert that was not encrypted."),
    Column("next_protocol", Kind.TEXT, "The application protocol the server chose (ALPN); TLS 1.3 hides it."),
    Column("established", Kind.BOOL, "Whether the handshake came to its end."),
    Column(
        "ssl_history",
        Kind.TEXT,
        "What was said in the clear, in this order; capitals are the client's. c: ClientHello, s: "
        "ServerHello, j: HelloRetryRequest, x: Certificate, k: ServerKeyExchange, r: CertificateRequest, n: "
        "ServerHelloDone, g: ClientKeyExchange, y: CertificateVerify, u: CertificateStatus, t: "
        "NewSessionTicket, i: ChangeCipherSpec, l: alert, h: HelloRequest, b: heartbeat, z: unknown; ^: the "
        "responder is the client.",
    ),
    Column("cert_chain_fps", Kind.TEXTS, "SHA-256 of the server's certificates, its own first."),
    Column("client_cert_chain_fps", Kind.TEXTS, "SHA-256 of the client's certificates, its own first."),
    Column("sni_matches_cert", Kind.BOOL, "Whether the certificate is for the server that was asked for."),
    Column("subject", Kind.TEXT, "Whom the server's certificate is for."),
    Column("issuer", Kind.TEXT, "Who vouches for it."),
    Column("not_after", Kind.TEXT, "Until when, UTC."),
    Column("certificate_key", Kind.TEXT, "Its key: algorithm and size."),
    Column("certificate_signature", Kind.TEXT, "How its issuer signed it."),
    Column("ocsp", Kind.TEXT, "What the OCSP response that the server stapled to it says."),
    Column("group", Kind.TEXT, "Of the key exchange: its name, or DH and the bits of a prime of the server."),
    Column(
        "versions_offered",
        Kind.TEXTS,
        "The client's versions; before TLS 1.3 it told the highest alone.",
    ),
    Column("ciphers_offered", Kind.TEXTS, "The client's cipher suites, in its order."),
    Column("alpn_offered", Kind.TEXTS, "The client's application protocols, in its order."),
    Column("ja3", Kind.TEXT, "Fingerprint of the client's hello: equal software mostly has equal ones."),
    Column("ja3s", Kind.TEXT, "Fingerprint of the server's answer."),
    Column("weaknesses", Kind.TEXTS, "What can be broken or should go, as `netanatomy probe tls` names it."),
    Column("notes", Kind.TEXTS, "What else a defender should know."),
    Column("judgements", Kind.TEXTS, "All of these in words: what was seen, why it matters, who says so."),
    Column(
        "upgraded_from",
        Kind.TEXT,
        "The protocol in which the client asked for TLS (STARTTLS): smtp, ftp, imap, pop3, xmpp, ldap, rdp, "
        "postgresql, mysql; http with CONNECT. Null where TLS is spoken from the first octet.",
    ),
    Column(
        "dropped",
        Kind.U64,
        "What was left out of a list for its length: certificates beyond 100 of a chain, suites beyond 500, "
        "versions, application protocols and judgements beyond 50.",
    ),
    Column("missed", Kind.U64, "Octets of the session that are not in the capture.", "octets"),
    Column("error", Kind.TEXT, "Why the reading ended before the session stood, if it broke off."),
)


def recognise(originator: bytes, responder: bytes) -> Recognition:
    """Whether they speak TLS: a hello of either side, or an alert of the server, is enough."""
    first, second = begins_with(originator), begins_with(responder)
    hellos = (Beginning.CLIENT, Beginning.SERVER)
    if first in hellos or second in hellos:
        return Recognition.YES
    if Beginning.NO in (first, second):
        return _recognise_later(originator)
    if second is Beginning.ALERT:
        return Recognition.YES
    # Records without a hello are nothing to go by; but the other side's hello may come.
    return Recognition.UNSURE if Beginning.UNSURE in (first, second) else Recognition.NO


def _recognise_later(originator: bytes) -> Recognition:
    """Whether the client begins another protocol, and asks for TLS in it."""
    asked = upgrade(originator)
    if asked is not None and begins_with(originator[asked.begins :]) is Beginning.CLIENT:
        return Recognition.YES
    # Whoever was refused may ask in other words.
    return Recognition.UNSURE if may_ask(originator) else Recognition.NO


class TlsReader:
    """Reads one connection of TLS."""

    def __init__(self) -> None:
        self._preamble = Preamble()
        self._session = TlsSession()

    def take(self, said: Said) -> None:
        """What is said next."""
        for each in self._preamble.take(said):
            self._hear(each)

    def _hear(self, said: Said) -> None:
        if said.missed:
            self._session.miss(said.is_orig, said.missed)
        self._session.take(said.is_orig, said.octets, said.ts)

    @property
    def finished(self) -> bool:
        """Whether all that follows is encrypted, or is no TLS."""
        return self._session.finished

    @property
    def rest(self) -> Sequence[Said]:
        """Nothing is spoken inside that could be read."""
        return ()

    def rows(self) -> Sequence[Row]:
        """The session."""
        session = self._session
        for each in self._preamble.rest():
            self._hear(each)
        session.over()
        row: dict[str, object] = {
            "upgraded_from": self._preamble.protocol or None,
            "resumed": session.resumed,
            "established": session.established,
            "ssl_history": session.history,
            "missed": session.missed,
            "error": session.error or None,
            "last_alert": session.last_alert.name if session.last_alert else None,
            "group": session.group or None,
            "curve": session.group if session.group and not session.group.startswith("DH ") else None,
        }
        row |= _of_client(session)
        row |= _of_server(session)
        row["dropped"] = session.certificates_dropped + sum(
            _cut(row, name, most)
            for name, most in (
                ("ciphers_offered", MAXIMUM_SUITES),
                ("versions_offered", MAXIMUM_NAMES),
                ("alpn_offered", MAXIMUM_NAMES),
                ("judgements", MAXIMUM_JUDGEMENTS),
            )
        )
        return ({name: _short(value) for name, value in row.items()},)


def _cut(row: dict[str, object], name: str, most: int) -> int:
    """Keep so many texts of a list; how many that leaves out."""
    texts = row.get(name)
    if not isinstance(texts, list) or len(texts) <= most:
        return 0
    row[name] = texts[:most]
    return len(texts) - most


def _short(value: object) -> object:
    if isinstance(value, list):
        return [_short(each) for each in value]
    return value[:MAXIMUM_TEXT] + "…" if isinstance(value, str) and len(value) > MAXIMUM_TEXT else value


def _of_client(session: TlsSession) -> Row:
    hello = session.hello
    if hello is None:
        return {}
    versions = [each for each in hello.versions if not is_grease(each)] or [hello.version]
    return {
        "server_name": hello.server_name or None,
        "versions_offered": [zeek_version(each) for each in versions],
        "ciphers_offered": [suite_name(each) for each in hello.suites if not is_grease(each)],
        "alpn_offered": list(hello.alpn),
        "ja3": None if session.ssl2_hello else ja3(hello),
    }


def _of_server(session: TlsSession) -> Row:
    if session.version is None:
        return {}
    row: dict[str, object] = {"version": zeek_version(session.version)}
    suite = ""
    if session.answer is not None:
        suite = suite_name(session.answer.suite)
        row |= {"cipher": suite, "next_protocol": session.answer.alpn or None, "ja3s": ja3s(session.answer)}
    now = EPOCH + timedelta(microseconds=session.chain_time // 1_000)
    chain = [read_certificate(each, now) for each in session.server_chain]
    ocsp = staple_words(session.staple, chain[0].serial if chain else "", now) if session.staple else ""
    offered = session.hello.groups if session.hello is not None else ()
    judgements = judge_session(
        version="SSLv2" if session.version == SSL_2_0 else VERSION_NAMES.get(session.version, ""),
        suite=suite,
        group=session.group,
        chain=chain,
        ocsp=ocsp,
        post_quantum=any(withstands_quantum(each) for each in offered),
    )
    return {**row, **_of_chain(session, chain), "ocsp": ocsp or None, **_judged(judgements)}


def _of_chain(session: TlsSession, chain: Sequence[Certificate]) -> Row:
    if not chain and not session.client_chain:
        return {}
    now = EPOCH + timedelta(microseconds=session.chain_time // 1_000)
    row: dict[str, object] = {
        "cert_chain_fps": [each.fingerprint for each in chain],
        "client_cert_chain_fps": [read_certificate(each, now).fingerprint for each in session.client_chain],
    }
    if chain:
        own = chain[0]
        wanted = session.hello.server_name if session.hello is not None else ""
        row |= {
            "sni_matches_cert": matches(own.names, wanted) if wanted else None,
            "subject": own.subject or None,
            "issuer": own.issuer or None,
            "not_after": own.not_after or None,
            "certificate_key": own.key or None,
            "certificate_signature": own.signature or None,
        }
    return row


def _judged(judgements: Sequence[Judgement]) -> Row:
    return {
        "weaknesses": list(dict.fromkeys(each.name for each in judgements if each.severity in (BAD, WEAK))),
        "notes": list(dict.fromkeys(each.name for each in judgements if each.severity == NOTE)),
        "judgements": [
            f"{each.severity}: {each.name}: {each.what}: {each.why} ({each.reference})" for each in judgements
        ],
    }


def zeek_version(number: int) -> str:
    """A version as Zeek spells it.

    >>> [zeek_version(each) for each in (0x0300, 0x0303, 0x7F17, 0x7E01, 2)]
    ['SSLv3', 'TLSv12', 'TLSv13-draft23', 'unknown-32257', 'SSLv2']
    """
    if number == SSL_2_0:
        return "SSLv2"
    if number >> 8 == DRAFTS:
        return f"TLSv13-draft{number & 0xFF}"
    name = VERSION_NAMES.get(number)
    return name.replace(".", "") if name else f"unknown-{number}"


MESSAGES = MessageProtocol(
    name="tls",
    title="TLS sessions",
    ports=frozenset(
        {
            # from the first octet on (IANA's names that end in s, and 853, 8443) …
            *(443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 5223, 8443),
            # … and where it is asked for first: STARTTLS and its like, see `tls_upgrades`
            *(21, 25, 110, 143, 389, 587, 3306, 3389, 5222, 5269, 5432),
        }
    ),
    columns=COLUMNS,
    recognise=recognise,
    reader=TlsReader,
    zeek_log="ssl",
    shown=("version", "cipher", "server_name", "next_protocol", "established", "weaknesses", "error"),
)
