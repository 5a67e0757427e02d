"""Every verdict is held against Unbound's, on the same zones."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from netanatomy.active.resolve import Options, Outcome, Security, parse_server, resolve
from netanatomy.active.resolve.anchors import anchors_from, parse_anchors
from netanatomy.cli.main import main
from tests.active.resolve.conftest import Lab

SECURE, INSECURE, BOGUS = Security.SECURE, Security.INSECURE, Security.BOGUS

CASES = [
    ("www.secure.test", "A", SECURE, "key"),
    ("alias.secure.test", "A", SECURE, "key"),
    ("secure.test", "SOA", SECURE, "key"),
    ("test", "DNSKEY", SECURE, "key"),
    ("secure.test", "DS", SECURE, "key"),
    ("only4.secure.test", "AAAA", SECURE, "proves that only4.secure.test. has no AAAA"),
    ("nothing.secure.test", "A", SECURE, "does not exist"),
    ("a.nothing.secure.test", "A", SECURE, "does not exist"),
    ("ent.secure.test", "A", SECURE, "has no A"),
    ("b.ent.secure.test", "TXT", SECURE, "has no TXT"),
    ("x.wild.secure.test", "A", SECURE, "wildcard"),
    ("x.y.wild.secure.test", "A", SECURE, "wildcard"),
    ("x.wild.secure.test", "TXT", SECURE, "has no TXT"),
    ("away.secure.test", "A", INSECURE, "no DS record for plain.test."),
    ("www.hashed.test", "A", SECURE, "key"),
    ("only4.hashed.test", "AAAA", SECURE, "has no AAAA"),
    ("ent.hashed.test", "A", SECURE, "has no A"),
    ("x.wild.hashed.test", "A", INSECURE, "opted out"),
    ("unsigned.hashed.test", "DS", INSECURE, "opted out"),
    ("www.plain.test", "A", INSECURE, "no DS record for plain.test."),
    ("nothing.plain.test", "A", INSECURE, "no DS record"),
    ("www.island.test", "A", INSECURE, "no DS record for island.test."),
    ("www.broken.test", "A", BOGUS, "is wrong"),
    ("www.broken.test", "AAAA", SECURE, "key"),
    ("www.expired.test", "A", BOGUS, "expired on"),
    ("www.stranger.test", "A", BOGUS, "no key of stranger.test."),
    ("www.stripped.test", "A", BOGUS, "is not signed"),
    ("www.unsigned.test", "A", BOGUS, "has no DNSKEY"),
    ("nothing.unproven.test", "A", BOGUS, "does not prove"),
    ("x.wild.unproven.test", "A", BOGUS, "without proof"),
    ("nothing.test", "A", SECURE, "test. proves that nothing.test. does not exist"),
]


@pytest.mark.parametrize(("name", "kind", "security", "reason"), CASES)
@pytest.mark.parametrize("who", ["authoritative", "resolver"])
def test_verdict_and_reason(
    lab: Lab, unbound: Lab, who: str, name: str, kind: str, security: Security, reason: str
) -> None:
    server = lab.udp if who == "authoritative" else unbound.udp
    (answer,) = resolve(name, (kind,), server, anchors=anchors_from(lab.anchor))
    validation = answer.validation
    assert validation is not None
    assert validation.security is security, validation
    whole = " ".join([validation.reason, *(link.reason for link in validation.chain)])
    assert reason in whole, validation
    assert (answer.outcome is Outcome.BOGUS) == (security is BOGUS)


@pytest.mark.parametrize(("name", "kind", "security", "reason"), CASES)
def test_unbound_says_the_same(unbound: Lab, name: str, kind: str, security: Security, reason: str) -> None:
    query = dns.message.make_query(name, kind, want_dnssec=True)
    response = dns.query.tcp(query, "127.0.0.1", port=unbound.port, timeout=10)
    if response.rcode() == dns.rcode.SERVFAIL:
        theirs = BOGUS
    else:
        theirs = SECURE if response.flags & dns.flags.AD else INSECURE
    assert theirs is security


def test_without_the_right_anchor_nothing_is_secure(lab: Lab) -> None:
    (answer,) = resolve("www.secure.test", ("A",), lab.udp, validate=True)  # IANA's anchors
    assert answer.validation is not None
    assert answer.validation.security is BOGUS
    assert "no key of . is the one that the trust anchor vouches for" in answer.validation.reason


def test_an_anchor_elsewhere_says_nothing(lab: Lab) -> None:
    anchors = parse_anchors(lab.anchor.read_text().replace(". IN", "elsewhere. IN", 1), "test")
    (answer,) = resolve("www.secure.test", ("A",), lab.udp, anchors=anchors)
    assert answer.validation is not None
    assert answer.validation.security is Security.INDETERMINATE


def test_no_answer_is_not_bogus(lab: Lab) -> None:
    server = parse_server("127.0.0.1:9")
    options = Options(timeout=0.3, attempts=1)
    (answer,) = resolve("www.secure.test", ("A",), server, anchors=anchors_from(lab.anchor), options=options)
    assert answer.validation is not None
    assert answer.validation.security is Security.INDETERMINATE
    assert answer.outcome is Outcome.UNREACHABLE


def test_the_command_tells_the_chain(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--server", lab.udp, "--anchor", str(lab.anchor), "--type", "A"]
    assert main(["resolve", "www.secure.test", *common]) == 0
    out = capsys.readouterr().out
    assert "www.secure.test. A from udp://" in out
    assert "the DS record in test. vouches for its key" in out
    assert main(["resolve", "www.expired.test", *common]) == 18
    # However the lines are broken.
    told = " ".join(capsys.readouterr().out.split())
    assert "but DNSSEC shows it to be bogus: expired.test. DNSKEY: the" in told
