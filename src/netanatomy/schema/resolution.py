r"""What came of a question to the DNS: plain records, for people, programs and JSON alike.

Names and data are in the presentation format of RFC 1035 section 5.1: ASCII, with other octets as `\DDD`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netanatomy.schema.frozen import frozen


class Outcome(StrEnum):
    """How a question ended. Each is an ordinary answer, and has its exit code."""

    ANSWERED = "answered"
    NO_SUCH_NAME = "no such name"
    NO_DATA = "no data"
    SERVER_FAILURE = "server failure"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNUSABLE = "unusable answer"
    UNTRUSTED = "server not trusted"
    BOGUS = "bogus"


EXIT_CODES = {
    Outcome.ANSWERED: 0,
    Outcome.NO_SUCH_NAME: 10,
    Outcome.NO_DATA: 11,
    Outcome.SERVER_FAILURE: 12,
    Outcome.REFUSED: 13,
    Outcome.TIMEOUT: 14,
    Outcome.UNREACHABLE: 15,
    Outcome.UNUSABLE: 16,
    Outcome.UNTRUSTED: 17,
    Outcome.BOGUS: 18,
}
"""What `netanatomy resolve` ends with; see `exit_code` for several questions at once."""

SOFT = frozenset({Outcome.ANSWERED, Outcome.NO_DATA})
"""A name that has an IPv4 address and no IPv6 address is no failure."""


def exit_code(answers_by_name: dict[str, list[Outcome]]) -> int:
    """The exit code of many questions: the worst of all names.

    A name for which at least one type was answered and the others have no data counts as answered.

    >>> exit_code({"a": [Outcome.ANSWERED, Outcome.NO_DATA]})
    0
    >>> exit_code({"a": [Outcome.ANSWERED], "b": [Outcome.NO_SUCH_NAME], "c": [Outcome.NO_DATA]})
    11
    """
    return max((_name_code(outcomes) for outcomes in answers_by_name.values()), default=0)


def _name_code(outcomes: list[Outcome]) -> int:
    if Outcome.ANSWERED in outcomes and SOFT.issuperset(outcomes):
        return 0
    return max(EXIT_CODES[outcome] for outcome in outcomes)


@frozen
class Question:
    """What was asked: a name in presentation format, a type and a class."""

    name: str
    type: str
    record_class: str = "IN"

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


@frozen
class Record:
    """One resource record.

    Attributes:
        name: of its owner.
        type: for example `AAAA`; unknown types are `TYPE65534` (RFC 3597).
        ttl: seconds for which it may be kept; None where the system does not say.
        data: in presentation format.
        record_class: `IN`, as a rule.
        address_class: for A and AAAA, what the address is for (`private`, `global-unicast` …); else empty.
        address_scope: for A and AAAA, how far its packets may travel; else empty.
    """

    name: str
    type: str
    ttl: int | None
    data: str
    record_class: str = "IN"
    address_class: str = ""
    address_scope: str = ""


@frozen
class Phase:
    """One phase of an exchange and how long it took, in nanoseconds of the monotonic clock."""

    name: str
    nanoseconds: int


@frozen
class Exchange:
    """One question sent, and what came of it.

    Attributes:
        transport: `udp`, `tcp`, `tls`, `https`, `h3`, `quic`, or `system`.
        peer: address and port that were asked.
        result: `answer`, `truncated`, or what went wrong.
        phases: `connect`, `handshake`, `query` …, in their order.
        sent: octets of the DNS message sent.
        received: octets of the DNS message received.
    """

    transport: str
    peer: str
    result: str
    phases: tuple[Phase, ...]
    sent: int = 0
    received: int = 0


@frozen
class ExtendedError:
    """An extended DNS error (RFC 8914): what the server says about why."""

    code: int
    meaning: str
    text: str


@frozen
class Edns:
    """What the server said in its OPT record (RFC 6891).

    Attributes:
        version: of EDNS.
        udp_payload: octets that the server takes over UDP.
        dnssec_ok: whether it will send DNSSEC records.
        nsid: name of the server instance (RFC 5001): as text if it is printable, else in hexadecimal.
        client_cookie: RFC 7873, hexadecimal; `server_cookie` likewise.
        subnet: the client subnet that it took, with the scope of the answer (RFC 7871), `192.0.2.0/24/0`.
        errors: extended errors.
        others: options without a field of their own.
    """

    version: int
    udp_payload: int
    dnssec_ok: bool
    nsid: str = ""
    client_cookie: str = ""
    server_cookie: str = ""
    subnet: str = ""
    errors: tuple[ExtendedError, ...] = ()
    others: tuple[str, ...] = ()


@frozen
class Source:
    """Where the system's own answer came from.

    Attributes:
        service: as nsswitch.conf calls it: `files`, `dns`, `mdns4_minimal`, `myhostname` …
        certain: True if the source was asked and says the same; False if it is only likely.
        reason: how that is known.
    """

    service: str
    certain: bool
    reason: str


class Security(StrEnum):
    """RFC 4033 section 5."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"
    INDETERMINATE = "indeterminate"


@frozen
class ChainLink:
    """One step from the trust anchor to the answer: a zone or record set, and what was found."""

    name: str
    type: str
    security: Security
    reason: str


@frozen
class Validation:
    """What the validation of an answer by DNSSEC came to, and each step of it."""

    security: Security
    reason: str
    chain: tuple[ChainLink, ...]


@frozen
class TraceStep:
    """One server that was asked on the way from the roots.

    Attributes:
        zone: the zone for which the server was asked.
        server: its name.
        address: its address, with the port if that is not 53.
        question: what it was asked.
        result: `referral`, `answer`, `alias`, `no such name`, or what went wrong.
        detail: where it pointed to, or why it was of no use.
        signed: for a referral: True with a DS record, None if nothing can be said.
        nanoseconds: how long it took.
    """

    zone: str
    server: str
    address: str
    question: str
    result: str
    detail: str
    signed: bool | None
    nanoseconds: int


@frozen
class Difference:
    """Something that not all servers say.

    Attributes:
        what: a record's type and data, or the outcome.
        servers: who says it.
        others: who does not.
    """

    what: str
    servers: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one server said to one question.

    Attributes:
        question: what was asked.
        server: who was asked, as a URL, or `system` or `the roots`.
        outcome: how it ended.
        detail: one line that says what was asked of whom, and what came of it.
        rcode: the response code; empty if there was no response.
        flags: of the header, as dig writes them: `qr`, `aa`, `tc`, `rd`, `ra`, `ad`, `cd`.
        records: the answer section, in its order.
        authority: the authority section.
        additional: the additional section without OPT.
        canonical_name: the name at the end of the aliases.
        edns: what the server said about itself; None without an OPT record.
        exchanges: each question sent for it, also those in vain.
        notes: what is worth knowing besides: retries, truncation, aliases in a circle.
        source: with the system's answer, where it came from.
        validation: if it was asked for.
        trace: if it was asked for.
    """

    question: Question
    server: str
    outcome: Outcome
    detail: str
    rcode: str = ""
    flags: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    canonical_name: str = ""
    edns: Edns | None = None
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    source: Source | None = None
    validation: Validation | None = None
    trace: tuple[TraceStep, ...] = ()

    @property
    def data(self) -> tuple[str, ...]:
        """The data of the records of the type that was asked for; all of them for ANY."""
        wanted = self.question.type
        return tuple(record.data for record in self.records if wanted in ("ANY", record.type))

    @property
    def nanoseconds(self) -> int:
        """How long it took from the first question to the last word."""
        return sum(phase.nanoseconds for exchange in self.exchanges for phase in exchange.phases)
