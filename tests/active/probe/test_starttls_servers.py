"""STARTTLS with real servers: what the probe says is what openssl s_client and Python's own clients say."""

from __future__ import annotations

import ftplib
import imaplib
import poplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_greeting
from tests.active.probe import services
from tests.active.probe.authority import Authority
from tests.active.probe.judge import Session, printed, s_client

SERVERS = {
    # Protocol: who speaks it, and the options by which s_client does.
    "smtp": (services.postfix, "-starttls", "smtp"),
    "imap": (services.dovecot, "-starttls", "imap"),
    "pop3": (services.dovecot, "-starttls", "pop3"),
    "ftp": (services.vsftpd, "-starttls", "ftp"),
    "ldap": (services.slapd, "-starttls", "ldap"),
    "postgres": (services.postgresql, "-starttls", "postgres"),
    "xmpp": (services.prosody, "-starttls", "xmpp", "-xmpphost", "localhost"),
}


@dataclass(frozen=True)
class Running:
    """Servers that run, each from the first test that needs it to the end of the module."""

    stack: ExitStack
    ports: dict[str, int]
    tls: services.Tls | None
    trust: Path

    def port(self, protocol: str) -> int:
        """Where the server of a protocol listens."""
        if protocol not in self.ports:
            start, *_ = SERVERS[protocol]
            self.ports.update(self.stack.enter_context(start(self.tls)))
        return self.ports[protocol]


@pytest.fixture(scope="module")
def servers(authority: Authority) -> Iterator[Running]:
    with ExitStack() as stack:
        # Debian's vsftpd and prosody take an RSA key; the others would take any.
        yield Running(stack, {}, services.Tls(authority.server("rsa"), authority.trust), authority.trust)


@pytest.fixture(scope="module")
def plain_servers(authority: Authority) -> Iterator[Running]:
    """The same, and none of them has TLS."""
    with ExitStack() as stack:
        yield Running(stack, {}, None, authority.trust)


def agreed(found: Probe) -> Session:
    """What a probe says, in the form of the judge."""
    assert found.tls is not None, found.detail
    chain = tuple(each.fingerprint for each in found.tls.chain)
    return Session(found.tls.version, found.tls.suite, found.tls.group.lower(), chain, not found.tls.errors)


def probed(servers: Running, protocol: str, *, name: str = "localhost", tls: bool = False) -> Probe:
    options = ProbeOptions(ca=str(servers.trust))
    target = f"127.0.0.1:{servers.port(protocol)}"
    known = "imap" if protocol == "imaps" else protocol
    return probe_greeting(known, target, options, server_name=name, tls=tls)


def told(found: Probe, name: str) -> set[str]:
    """A list that a service told, without its order."""
    assert found.greeting is not None, found.detail
    return set(dict(found.greeting.facts)[name].split(", "))


@pytest.mark.parametrize("protocol", SERVERS)
def test_s_client_agrees(servers: Running, protocol: str) -> None:
    found = probed(servers, protocol)
    theirs = s_client(servers.port(protocol), servers.trust, *SERVERS[protocol][1:])
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert agreed(found) == theirs
    assert theirs.trusted and len(theirs.fingerprints) == 2
    assert found.greeting is not None and found.greeting.starttls is True
    assert not [each for each in found.greeting.judgements if each.name == "starttls-injection"]


@pytest.mark.parametrize("protocol", [each for each in SERVERS if each != "xmpp"])
def test_a_certificate_for_somebody_else(servers: Running, protocol: str) -> None:
    """Both say so, and both go on to the end all the same. (A chat server's name is its domain as well.)"""
    found = probed(servers, protocol, name="other.test")
    assert found.outcome is ProbeOutcome.UNTRUSTED, found.detail
    assert found.tls is not None and found.greeting is not None
    assert [each.name for each in found.tls.errors] == ["HOSTNAME_MISMATCH"]
    theirs = s_client(servers.port(protocol), servers.trust, *SERVERS[protocol][1:], name="other.test")
    assert agreed(found) == theirs


@pytest.mark.parametrize("protocol", SERVERS)
def test_servers_without_tls(plain_servers: Running, protocol: str) -> None:
    found = probed(plain_servers, protocol)
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.tls is None
    assert found.greeting is not None and found.greeting.starttls is False
    names = {each.name for each in found.greeting.judgements}
    # On loopback these three let passwords come in clear; Postfix has no users, PostgreSQL wants SCRAM.
    in_clear = {"login-in-clear"} if protocol in ("imap", "pop3", "xmpp") else set()
    assert names == {"no-starttls"} | in_clear
    if protocol != "xmpp":  # there s_client waits for a word for ever
        theirs = printed(plain_servers.port(protocol), *SERVERS[protocol][1:])
        assert "BEGIN CERTIFICATE" not in theirs and "Cipher is (NONE)" in theirs


def test_tls_from_the_first_octet_on(servers: Running) -> None:
    servers.port("imap")
    found = probed(servers, "imaps", tls=True)
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert agreed(found) == s_client(servers.port("imaps"), servers.trust)


def trusting(servers: Running) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=servers.trust)


def test_smtplib_hears_the_same(servers: Running) -> None:
    found = probed(servers, "smtp")
    with smtplib.SMTP("localhost", servers.port("smtp"), timeout=10) as client:
        for name in ("extensions", "extensions in TLS"):
            client.ehlo()
            # smtplib keeps names in small letters, and adds nothing.
            theirs = {f"{key} {value}".strip().upper() for key, value in client.esmtp_features.items()}
            assert {each.upper() for each in told(found, name)} == theirs
            if name == "extensions":
                client.starttls(context=trusting(servers))


def test_imaplib_hears_the_same(servers: Running) -> None:
    found = probed(servers, "imap")
    with imaplib.IMAP4("localhost", servers.port("imap"), timeout=10) as client:
        for name in ("capabilities", "capabilities in TLS"):
            assert {each.upper() for each in told(found, name)} == set(client.capabilities)
            if name == "capabilities":
                client.starttls(trusting(servers))


def test_poplib_hears_the_same(servers: Running) -> None:
    found = probed(servers, "pop3")
    client = poplib.POP3("localhost", servers.port("pop3"), timeout=10)
    try:
        for name in ("capabilities", "capabilities in TLS"):
            theirs = {" ".join([key, *values]) for key, values in client.capa().items()}
            assert told(found, name) == theirs
            if name == "capabilities":
                client.stls(trusting(servers))
    finally:
        client.close()
    # On loopback Dovecot takes passwords without TLS.
    assert found.greeting is not None
    assert "login-in-clear" in [each.name for each in found.greeting.judgements]


def test_ftplib_hears_the_same(servers: Running) -> None:
    found = probed(servers, "ftp")
    with ftplib.FTP_TLS(context=trusting(servers), timeout=10) as client:
        client.connect("localhost", servers.port("ftp"))
        features = client.sendcmd("FEAT").splitlines()[1:-1]
        assert told(found, "features") == {each.strip() for each in features}
        client.auth()


def test_the_root_entry_is_the_one_that_was_written(servers: Running) -> None:
    found = probed(servers, "ldap")
    assert (told(found, "vendorName"), told(found, "vendorVersion")) == ({"The tests"}, {"7"})
    assert told(found, "supportedLDAPVersion") == {"3"}
    assert "1.3.6.1.4.1.1466.20037" in told(found, "supportedExtension")  # StartTLS


def test_the_database_wants_scram_and_chats_are_for_those_with_tls(servers: Running) -> None:
    found = probed(servers, "postgres")
    # With TLS there is channel binding as well (RFC 5802 section 6).
    assert told(found, "authentication") == {"SASL (SCRAM-SHA-256-PLUS", "SCRAM-SHA-256)"}
    found = probed(servers, "xmpp")
    assert told(found, "TLS") == {"required"} and told(found, "mechanisms") == {"none"}
    assert "SCRAM-SHA-1" in told(found, "mechanisms in TLS")
