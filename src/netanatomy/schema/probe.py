"""What came of a probe: plain records, for people, programs and JSON alike.

Times are nanoseconds of the monotonic clock; text from the other side is raw, and escaped by who shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Phase


class ProbeOutcome(StrEnum):
    """How a probe ended. Each is an ordinary answer, and has its exit code."""

    REACHED = "reached"
    NO_SUCH_NAME = "no such name"
    REFUSED = "refused"
    TIMEOUT = "timed out"
    UNREACHABLE = "unreachable"
    UNUSABLE = "unusable answer"
    UNTRUSTED = "certificate not valid"
    CLOSED = "closed without an answer"
    PROXY = "the proxy failed"


EXIT_CODES = {
    # Where `netanatomy resolve` knows the same end, it has the same number.
    ProbeOutcome.REACHED: 0,
    ProbeOutcome.NO_SUCH_NAME: 10,
    ProbeOutcome.REFUSED: 13,
    ProbeOutcome.TIMEOUT: 14,
    ProbeOutcome.UNREACHABLE: 15,
    ProbeOutcome.UNUSABLE: 16,
    ProbeOutcome.UNTRUSTED: 17,
    ProbeOutcome.CLOSED: 19,
    ProbeOutcome.PROXY: 20,
}
"""What `netanatomy probe` ends with."""


@frozen
class Attempt:
    """One try to connect, of several that may run at once (RFC 8305).

    Attributes:
        address: where to.
        port: where to.
        begun: nanoseconds after the first of them.
        nanoseconds: how long it took.
        result: `connected`, `not needed` (another was faster), or what went wrong.
    """

    address: str
    port: int
    begun: int
    nanoseconds: int
    result: str


@frozen
class TcpFacts:
    """What the system tells of a TCP connection (Linux: TCP_INFO).

    Attributes:
        local: own address and port.
        remote: the other's.
        round_trip: smoothed round-trip time in nanoseconds, by the system's own clock; None if not told.
        round_trip_variation: of it, in nanoseconds.
        send_mss: octets of a segment that goes out, at most.
        advertised_mss: what this side announced.
        path_mtu: octets of a packet on this way, as far as is known.
        options: what both sides agreed on: `timestamps`, `SACK`, `window scaling`, `ECN`, `fast open`.
        send_window_scale: the shift that the other announced for its windows; None without the option.
        receive_window_scale: the shift that this side announced.
        retransmissions: segments that were sent again until the probe was over.
    """

    local: str
    remote: str
    round_trip: int | None = None
    round_trip_variation: int | None = None
    send_mss: int | None = None
    advertised_mss: int | None = None
    path_mtu: int | None = None
    options: tuple[str, ...] = ()
    send_window_scale: int | None = None
    receive_window_scale: int | None = None
    retransmissions: int | None = None


@frozen
class QuicFacts:
    """What is known of a QUIC connection (RFC 9000).

    Attributes:
        local: own address and port.
        remote: the other's.
        version: `1` (RFC 9000), `2` (RFC 9369), or the number in hexadecimal.
        answered: nanoseconds from the first datagram out to the first one in: a round trip, and the server's
            work on it.
        retried: whether the server had this side prove its address first (Retry, RFC 9000 section 8.1.2).
        datagrams: that came in all.
        parameters: what the server declared (RFC 9000 section 18.2), name and value.
    """

    local: str
    remote: str
    version: str
    answered: int | None
    retried: bool
    datagrams: int
    parameters: tuple[tuple[str, str], ...] = ()


@frozen
class Judgement:
    """Something about a setting that a defender should know.

    Attributes:
        name: short and stable: `protocol-tls1.0`.
        severity: `bad` (can be broken), `weak` (should go), or `note`.
        what: what was seen.
        why: why that matters, in one sentence.
        reference: where that is laid down.
    """

    name: str
    severity: str
    what: str
    why: str
    reference: str


@frozen
class Certificate:
    """An X.509 certificate (RFC 5280).

    Attributes:
        subject: the distinguished name (RFC 4514).
        issuer: likewise.
        names: the subject alternative names: DNS names, and IP addresses as text.
        not_before: first second of validity, RFC 3339 UTC.
        not_after: last second of validity.
        days_left: whole days until it expires; negative if it has.
        key: algorithm and size: `RSA 2048`, `EC secp256r1`, `Ed25519`, or the OID of what is not known.
        signature: algorithm of the issuer's signature: `sha256WithRSAEncryption`, or its OID.
        serial: hexadecimal.
        authority: whether it may sign others.
        self_signed: whether subject and issuer are the same.
        fingerprint: SHA-256 of the whole, hexadecimal.
        damage: why it could not be read; the other fields but the fingerprint are empty then.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    days_left: int
    key: str
    signature: str
    serial: str
    authority: bool
    self_signed: bool
    fingerprint: str
    damage: str = ""


@frozen
class VerifyError:
    """One reason not to trust a chain.

    Attributes:
        name: of OpenSSL, without X509_V_ERR: `CERT_HAS_EXPIRED`; ours is `HOSTNAME_MISMATCH`.
        depth: of the certificate in the chain: 0 is the server's own.
        meaning: what that is, and what mostly causes it.
    """

    name: str
    depth: int
    meaning: str


@frozen
class TlsFacts:
    """What a TLS handshake came to.

    Attributes:
        version: `TLSv1.3` …
        suite: the cipher suite's IANA name; in OpenSSL's spelling where we do not know it.
        group: of the key exchange, or empty if there was none; `DH 2048` with a prime of the server's own.
        alpn: the application protocol that was agreed on, or empty.
        server_name: the name that was asked for (SNI), or empty.
        chain: certificates as the server sent them, its own first.
        errors: every reason not to trust it; none if it is valid for the name.
        ocsp: what the stapled OCSP response says, or empty without one.
        judgements: about version, suite, group and certificates.
    """

    version: str
    suite: str
    group: str
    alpn: str
    server_name: str
    chain: tuple[Certificate, ...]
    errors: tuple[VerifyError, ...]
    ocsp: str = ""
    judgements: tuple[Judgement, ...] = ()


@frozen
class TlsVersion:
    """Whether a server takes a version of TLS or SSL, by a ClientHello of our own.

    Attributes:
        version: the one offered.
        accepted: None if the server said nothing that could be understood.
        suite: what the server chose, or empty.
        detail: how it said no: the alert, or what went wrong.
        judgements: what is wrong with a version that is accepted, and with the suite.
    """

    version: str
    accepted: bool | None
    suite: str
    detail: str
    judgements: tuple[Judgement, ...] = ()


@frozen
class Alternative:
    """Where else the same is to be had (Alt-Svc, RFC 7838).

    Attributes:
        protocol: by its ALPN name: `h3`, `h2` …
        host: where; empty for the same host.
        port: at which port.
        seconds: for how long that may be remembered.
        persist: whether it outlives a change of network.
    """

    protocol: str
    host: str
    port: int
    seconds: int
    persist: bool = False


@frozen
class HttpFacts:
    """A response of an HTTP server.

    Attributes:
        url: what was asked for.
        version: `1.0`, `1.1`, `2` or `3`.
        status: of the response.
        reason: the phrase behind it; empty in HTTP/2 and HTTP/3.
        headers: names and values in their order.
        body_length: octets of the body that came, as they came (still compressed, for instance).
        complete: whether the whole body came.
        ending: how its end was found, or why it did not come.
        location: where a redirect points to, resolved against the URL; or empty.
        body_start: its first octets.
        body_text: the same as text; empty if it is none.
        body_limited: whether this side left off before the end, at a limit of its own.
        oddities: what the protocol does not allow.
        judgements: what the headers mean for security, and which are missing.
        alternatives: where else it says that it can be reached.
    """

    url: str
    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body_length: int
    complete: bool
    ending: str
    location: str = ""
    body_start: bytes = b""
    body_text: str = ""
    body_limited: bool = False
    oddities: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@frozen
class Greeting:
    """What a service says of itself, before anybody has logged in.

    Attributes:
        protocol: `ssh`, `smtp` …
        banner: its first words, as they came.
        facts: what else it said, name and value: software, capabilities, algorithms.
        starttls: whether it offers TLS; None if that was not asked.
        judgements: what of that a defender should know.
    """

    protocol: str
    banner: str
    facts: tuple[tuple[str, str], ...] = ()
    starttls: bool | None = None
    judgements: tuple[Judgement, ...] = ()


@frozen
class Exchange:
    """What was sent over UDP or TCP, and what came back first.

    Attributes:
        sent: octets sent.
        received: the beginning of what came back.
        length: octets that came back in all.
        identified: what that looks like, or empty.
    """

    sent: bytes
    received: bytes
    length: int
    identified: str = ""


@frozen
class PhaseStatistics:
    """How long one phase took, over several probes; nanoseconds.

    Attributes:
        name: of the phase; `total` is all of them together.
        times: how often it was gone through.
        shortest: of these times.
        median: likewise.
        mean: likewise.
        longest: likewise.
        deviation: the standard deviation, of these times alone.
    """

    name: str
    times: int
    shortest: int
    median: int
    mean: int
    longest: int
    deviation: int


@frozen
class ProbeStatistics:
    """How the same probe went several times.

    Attributes:
        outcomes: how they ended, and how many did so.
        phases: how long each phase took, the total last.
    """

    outcomes: tuple[tuple[str, int], ...]
    phases: tuple[PhaseStatistics, ...]


@frozen
class OpenPort:
    """A port at which somebody listens.

    Attributes:
        address: of the host.
        port: the port.
        nanoseconds: how long it took to connect.
        service: which protocol speaks there, by its content; empty if that could not be told. `https` is HTTP
            within TLS, `tls` is TLS with anything else.
        registered: which service IANA has for the port, or empty.
        banner: its first words; within TLS if it is that.
        tls: of the handshake, where it speaks TLS.
    """

    address: str
    port: int
    nanoseconds: int
    service: str
    registered: str
    banner: bytes
    tls: TlsFacts | None = None


@frozen
class PortStates:
    """What became of each port of some addresses, as ranges: `22,80-82`.

    Attributes:
        addresses: for all of them it is the same.
        open: ports at which somebody listens.
        closed: ports that refused.
        filtered: ports that stayed silent or were reported as unreachable.
        failed: ports that could not be asked.
    """

    addresses: tuple[str, ...]
    open: str
    closed: str
    filtered: str
    failed: str


@frozen
class Inventory:
    """Which ports of one host, or of a network, are open.

    Attributes:
        target: as it was given.
        addresses: hosts that were asked.
        ports: of each host.
        open: every port at which somebody listens, by address and port.
        open_count: how many; more than are listed only beyond a limit.
        closed: ports that refused: the host is there, and nobody listens.
        filtered: ports that stayed silent or were reported as unreachable.
        failed: ports that could not be asked, for want of resources or permission of this machine.
        hosts: addresses of which at least one port was open or closed.
        nanoseconds: how long it took in all.
        notes: what is worth knowing besides.
        states: what became of each port of each address; empty where they were too many to keep.
    """

    target: str
    addresses: int
    ports: int
    open: tuple[OpenPort, ...]
    open_count: int
    closed: int
    filtered: int
    failed: int
    hosts: int
    nanoseconds: int
    notes: tuple[str, ...] = ()
    states: tuple[PortStates, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of a probe.

    Attributes:
        protocol: `tcp`, `udp`, `tls`, `http`, `ssh` …
        target: as it was given.
        outcome: how it ended.
        detail: one line that says what was tried, and what came of it.
        host: name or address that was connected to.
        port: likewise.
        via: the proxy, or empty.
        phases: `name`, `connect`, `tls`, `first byte` …, in their order, each by itself.
        addresses: what the name stands for, in the order in which they were tried.
        attempts: to connect.
        tcp: of the connection that was made.
        quic: likewise, where it went over QUIC.
        exchange: what was sent and came back.
        tls: of the handshake.
        versions: of TLS that the server takes, if that was asked.
        responses: of HTTP, one for each redirect that was followed.
        greeting: of other services.
        notes: what is worth knowing besides.
    """

    protocol: str
    target: str
    outcome: ProbeOutcome
    detail: str
    host: str = ""
    port: int = 0
    via: str = ""
    phases: tuple[Phase, ...] = ()
    addresses: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    tcp: TcpFacts | None = None
    quic: QuicFacts | None = None
    exchange: Exchange | None = None
    tls: TlsFacts | None = None
    versions: tuple[TlsVersion, ...] = ()
    responses: tuple[HttpFacts, ...] = ()
    greeting: Greeting | None = None
    notes: tuple[str, ...] = ()

    @property
    def nanoseconds(self) -> int:
        """From the first question for the name to the last octet."""
        return sum(phase.nanoseconds for phase in self.phases)
