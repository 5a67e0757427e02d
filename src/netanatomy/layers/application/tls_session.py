"""A TLS session as somebody on the way sees it: what both sides' handshake in the clear comes to.

Facts and no judgements. Up to TLS 1.2 nearly all of the handshake is in the clear; from TLS 1.3 on, nothing
behind the ServerHello is. The reading ends where the session stands: all that follows is encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.errors import ParseError
from netanatomy.layers.application.tls import (
    ALERT,
    CLIENT_HELLO,
    HANDSHAKE,
    HANDSHAKE_HEADER,
    MAXIMUM_HANDSHAKE,
    PRE_SHARED_KEY,
    SERVER_HELLO,
    Alert,
    ClientHello,
    ServerHello,
    Version,
    parse_client_hello,
    parse_server_hello,
    suite_name,
)
from netanatomy.layers.application.tls_certificates import certificates, exchange_group, staple
from netanatomy.layers.application.tls_groups import group_name
from netanatomy.layers.application.tls_handshake import CERTIFICATE, ENCRYPTED_EXTENSIONS
from netanatomy.layers.application.tls_records import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HEARTBEAT,
    SSL_2,
    RecordLayer,
    TlsRecord,
)
from netanatomy.layers.application.tls_ssl2 import read_ssl2

NEW_SESSION_TICKET, HELLO_RETRY_REQUEST = 4, 6  # handshake types: RFC 5077; TLS 1.3 up to draft 21
SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 12, 13, 14  # RFC 5246 section 7.4
CLIENT_KEY_EXCHANGE, CERTIFICATE_STATUS = 16, 22  # RFC 5246 section 7.4, RFC 6066 section 8

LETTERS: Mapping[int, str] = MappingProxyType(
    {  # Zeek's, of handshake types
        0: "h",
        CLIENT_HELLO: "c",
        SERVER_HELLO: "s",
        3: "v",
        NEW_SESSION_TICKET: "t",
        5: "e",
        HELLO_RETRY_REQUEST: "j",
        ENCRYPTED_EXTENSIONS: "o",
        CERTIFICATE: "x",
        SERVER_KEY_EXCHANGE: "k",
        CERTIFICATE_REQUEST: "r",
        SERVER_HELLO_DONE: "n",
        15: "y",
        CLIENT_KEY_EXCHANGE: "g",
        20: "f",
        21: "w",
        CERTIFICATE_STATUS: "u",
        23: "a",
        24: "p",
        254: "m",
    }
)
UNASSIGNED = "z"
FLIPPED = "^"
MAXIMUM_HISTORY = 100
"""Letters, as in Zeek. Bounds who sends messages in the clear without end: there, the reading ends."""


class _Side:
    """One side's records, and the handshake message that is not whole."""

    def __init__(self) -> None:
        self.records = RecordLayer()
        self.handshake = bytearray()
        self.lost = False
        """Whether it is not known where the next handshake message begins, or whether it is in the clear."""


class TlsSession:
    """Reads both sides, in the order in which they spoke.

    Attributes:
        hello: the client's first, or None.
        ssl2_hello: whether that has the form of SSL 2.0.
        answer: the server's choice, or None; where it asks to be greeted again, that until it has chosen.
        version: that the server chose, by number; 2 of SSL 2.0; None before.
        group: of the key exchange: IANA's name, or `DH` and the bits of the prime; empty without.
        server_chain: certificates in DER, the server's own first.
        client_chain: likewise, the client's.
        chain_time: time of the octets that completed the server's, nanoseconds UTC.
        staple: the OCSP response for the server's certificate, or empty.
        certificates_dropped: those beyond the limit of a chain.
        resumed: whether an earlier session was taken up again, by Zeek's rules.
        established: whether both sides encrypt, and the first record of that came.
        last_alert: the last in the clear, or None.
        history: what was said in which order, in Zeek's letters, large for the client.
        missed: octets that are missing in the stream.
        error: why the reading ended early; empty if it did not.
        finished: whether there is nothing more to learn.
    """

    def __init__(self) -> None:
        self.hello: ClientHello | None = None
        self.ssl2_hello = False
        self.answer: ServerHello | None = None
        self.version: int | None = None
        self.group = ""
        self.server_chain: tuple[bytes, ...] = ()
        self.client_chain: tuple[bytes, ...] = ()
        self.chain_time = 0
        self.staple = b""
        self.certificates_dropped = 0
        self.resumed = False
        self.established = False
        self.last_alert: Alert | None = None
        self.history = ""
        self.missed = 0
        self.error = ""
        self.finished = False
        self._sides = {True: _Side(), False: _Side()}
        self._client: bool | None = None
        """Which side is the client: mostly the originator, but not where a server of FTP connects."""

        self._key_exchanged = False

    def take(self, is_orig: bool, octets: bytes, ts: int) -> None:
        """What one side said next; `ts` is when, in nanoseconds UTC."""
        side = self._sides[is_orig]
        for record in side.records.take(octets):
            if self.finished:
                return
            self._record(side, is_orig, record, ts)
        if side.records.broken and not side.records.lost:
            self._end(self._who(is_orig, side.records.broken))

    def miss(self, is_orig: bool, octets: int) -> None:
        """So many octets of one side are missing here."""
        if self.finished:
            return
        side = self._sides[is_orig]
        self.missed += octets
        if not side.records.miss(octets):
            # The other side may say enough still.
            self.error = self.error or self._who(is_orig, side.records.broken)
        if not side.records.encrypted:
            side.lost = True
            side.handshake.clear()

    def over(self) -> None:
        """The connection is over: what is not whole never will be."""
        if self.finished:
            return
        self.finished = True
        for is_orig, side in self._sides.items():
            if not side.records.lost and (side.handshake or side.records.partial) and not self.error:
                self.error = self._who(is_orig, "it ends in the middle of a record or message")

    def _end(self, error: str = "") -> None:
        self.error = self.error or error
        self.finished = True

    def _who(self, is_orig: bool, what: str) -> str:
        return f"{'client' if self._by_client(is_orig) else 'server'}: {what}"

    def _by_client(self, is_orig: bool) -> bool:
        return is_orig if self._client is None else is_orig is self._client

    def _settle(self, is_orig: bool, kind: int) -> None:
        """Who is the client: whoever says its hello."""
        if self._client is None and kind in (CLIENT_HELLO, SERVER_HELLO):
            self._client = is_orig if kind == CLIENT_HELLO else not is_orig
            if not self._client:
                self.history += FLIPPED

    def _tell(self, is_orig: bool, letter: str) -> None:
        if len(self.history) < MAXIMUM_HISTORY:
            self.history += letter.upper() if self._by_client(is_orig) else letter
        else:
            self._end(f"more than {MAXIMUM_HISTORY} messages in the clear")

    @property
    def _modern(self) -> bool:
        """Whether it is TLS 1.3, of which a draft may have any higher number."""
        return self.version is not None and self.version >= Version.TLS_1_3

    def _record(self, side: _Side, is_orig: bool, record: TlsRecord, ts: int) -> None:
        if side.records.encrypted:
            if all(each.records.encrypted for each in self._sides.values()):
                self.established = True
                self._end()
        elif record.kind == HANDSHAKE:
            self._handshake(side, is_orig, record.content, ts)
        elif record.kind == CHANGE_CIPHER_SPEC:
            self._change_cipher_spec(side, is_orig)
        elif record.kind == APPLICATION_DATA:
            self._application_data(side)
        elif record.kind == ALERT:
            self._alerts(side, is_orig, record.content)
        elif record.kind == HEARTBEAT:
            self._tell(is_orig, "b")
        elif record.kind == SSL_2:
            self._ssl2(is_orig, record.content)

    def _change_cipher_spec(self, side: _Side, is_orig: bool) -> None:
        self._tell(is_orig, "i")
        hello = self.hello
        if self._by_client(is_orig) and hello is not None and hello.ticket and not _named(hello.session):
            self.resumed = self.resumed or not self._key_exchanged
        # In TLS 1.3 it says nothing (RFC 8446 appendix D.4): a second ClientHello may follow in the clear.
        side.records.encrypted = self.version is not None and not self._modern
        side.lost = side.lost or self.version is None

    def _application_data(self, side: _Side) -> None:
        if self._modern:
            side.records.encrypted = True
            if all(each.records.encrypted for each in self._sides.values()):
                self.established = True
                self._end()

    def _alerts(self, side: _Side, is_orig: bool, content: bytes) -> None:
        if len(content) != 2:
            # RFC 8446 section 5.1: one alert, whole. It is encrypted, and where that began was not seen.
            side.records.encrypted = True
            return
        self.last_alert = Alert(content[0], content[1])
        self._tell(is_orig, "l")

    def _ssl2(self, is_orig: bool, content: bytes) -> None:
        said = read_ssl2(content)
        if said is None:
            self._end(self._who(is_orig, "no hello of SSL 2.0"))
        elif isinstance(said, ClientHello):
            self._settle(is_orig, CLIENT_HELLO)
            self._tell(is_orig, "c")
            self.ssl2_hello = self.hello is None
            self.hello = self.hello or said
        else:
            self._settle(is_orig, SERVER_HELLO)
            self._tell(is_orig, "s")
            self.version = said
            self._end()

    def _handshake(self, side: _Side, is_orig: bool, content: bytes, ts: int) -> None:
        if side.lost:
            if not _whole_messages(content):
                return
            side.lost = False
        side.handshake += content
        place = 0
        while len(side.handshake) - place >= HANDSHAKE_HEADER and not self.finished:
            kind = side.handshake[place]
            begin = place + HANDSHAKE_HEADER
            length = int.from_bytes(side.handshake[place + 1 : begin], "big")
            if length > MAXIMUM_HANDSHAKE:
                self._end(self._who(is_orig, f"a handshake message of {length} octets"))
            if len(side.handshake) < begin + length:
                break
            place = begin + length
            self._message(is_orig, kind, bytes(side.handshake[begin:place]), ts)
        del side.handshake[:place]

    def _message(self, is_orig: bool, kind: int, body: bytes, ts: int) -> None:
        self._settle(is_orig, kind)
        try:
            letter = self._read(is_orig, kind, body, ts)
        except ParseError as error:
            letter = LETTERS.get(kind, UNASSIGNED)
            self.error = self.error or self._who(is_orig, f"handshake message {kind}: {error.reason}")
        self._tell(is_orig, letter)

    def _read(self, is_orig: bool, kind: int, body: bytes, ts: int) -> str:
        """Learn what a message says, and give its letter.

        Raises:
            TruncatedError, MalformedError: it is broken.
        """
        client = self._by_client(is_orig)
        if kind == CLIENT_HELLO and client:
            self.hello = self.hello or parse_client_hello(body)
        elif kind == SERVER_HELLO and not client:
            return self._server_hello(parse_server_hello(body))
        elif kind == CERTIFICATE and not self._modern:
            chain, dropped = certificates(body)
            self.certificates_dropped += dropped
            if client:
                self.client_chain = self.client_chain or chain
            elif not self.server_chain:
                self.server_chain, self.chain_time = chain, ts
        elif kind == CERTIFICATE_STATUS and not client:
            self.staple = self.staple or staple(body)
        elif kind == SERVER_KEY_EXCHANGE and not client and self.answer is not None:
            self.group = self.group or exchange_group(suite_name(self.answer.suite), body)
        elif kind == CLIENT_KEY_EXCHANGE and client:
            self._key_exchanged = True
        return LETTERS.get(kind, UNASSIGNED)

    def _server_hello(self, answer: ServerHello) -> str:
        letter = LETTERS[HELLO_RETRY_REQUEST if answer.retry else SERVER_HELLO]
        if self.answer is not None and not self.answer.retry:
            return letter
        self.answer, self.version = answer, answer.version
        if answer.group is not None:
            self.group = group_name(answer.group)
        hello = self.hello
        if hello is not None:
            same = _named(answer.session) and hello.session == answer.session and not self._modern
            key = PRE_SHARED_KEY in answer.extensions and PRE_SHARED_KEY in hello.extensions
            self.resumed = self.resumed or same or key
        return letter


def _named(session: bytes) -> bool:
    """Whether the identifier of a session is one: empty and all zeros are none."""
    return any(session)


def _whole_messages(content: bytes) -> bool:
    """Whether a record's content is one or more whole messages of types that there are."""
    place = 0
    while len(content) - place >= HANDSHAKE_HEADER and content[place] in LETTERS:
        place += HANDSHAKE_HEADER + int.from_bytes(content[place + 1 : place + HANDSHAKE_HEADER], "big")
        if place == len(content):
            return True
    return False
