"""Services that greet: a real sshd, and stand-ins that play the dialogues of the RFCs, with real TLS."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_greeting
from netanatomy.errors import ParseError
from netanatomy.layers.application.greetings import (
    Conversation,
    Exactly,
    Line,
    Send,
    StartTls,
    Until,
    names,
    service,
)
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, program, running, saying

TLS = b"change to TLS"
EHLO = b"250-mail.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n"
IMAP = b"* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n"
FEATURES = b"<?xml version='1.0'?><stream:stream id='1'><stream:features>%s</stream:features>"
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
MECHANISMS = (
    b"<mechanisms xmlns='x'><mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism></mechanisms>"
)
ROOT_ENTRY = bytes.fromhex(
    "302f 020101 642a 0400 3026"  # a search result entry without a name
    "3011 040d" + b"vendorVersion".hex() + "3100"
    "3011 040a" + b"vendorName".hex() + "3103 0401 78"
)
LDAP_DONE = bytes.fromhex("300c 020101 6507 0a0100 0400 0400")
LDAP_TLS = bytes.fromhex("300c 020102 7807 0a0100 0400 0400")
SASL = b"R" + (4 + 4 + 15).to_bytes(4, "big") + (10).to_bytes(4, "big") + b"SCRAM-SHA-256\0\0"

SCRIPTS: dict[str, list[bytes]] = {
    # What the other side says, in turn; it waits for a word before each but the first of those that greet.
    "smtp": [
        b"220 mail.test ESMTP\r\n",
        EHLO + b"250 STARTTLS\r\n",
        b"220 go on\r\n",
        TLS,
        EHLO + b"250 AUTH PLAIN\r\n",
    ],
    "imap": [
        IMAP,
        b"* CAPABILITY IMAP4rev2 STARTTLS LOGINDISABLED\r\na1 OK\r\n",
        b"a2 OK\r\n",
        TLS,
        b"* CAPABILITY IMAP4rev2 AUTH=PLAIN\r\na3 OK\r\n",
    ],
    "pop3": [
        b"+OK ready\r\n",
        b"+OK\r\nSTLS\r\nUIDL\r\n.\r\n",
        b"+OK\r\n",
        TLS,
        b"+OK\r\nUIDL\r\nUSER\r\n.\r\n",
    ],
    "ftp": [
        b"220-first\r\n220 ready\r\n",
        b"211-Features:\r\n AUTH TLS\r\n SIZE\r\n211 End\r\n",
        b"234 go on\r\n",
        TLS,
    ],
    "postgres": [b"", b"S", TLS, SASL],
    "ldap": [b"", ROOT_ENTRY + LDAP_DONE, LDAP_TLS, TLS],
    "xmpp": [
        b"",
        FEATURES % STARTTLS,
        b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        TLS,
        FEATURES % MECHANISMS,
    ],
}


@contextmanager
def playing(script: Sequence[bytes], pem: Path) -> Iterator[int]:
    """A server that plays its part once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def play() -> None:
            client, _ = listener.accept()
            client.settimeout(10)
            heard = True
            for place, word in enumerate(script):
                if word is TLS:
                    client = context.wrap_socket(client, server_side=True)
                    continue
                if place and heard:
                    client.recv(65536)
                client.sendall(word)
            with client:
                while client.recv(65536):
                    pass

        def guarded() -> None:
            try:
                play()
            except OSError as error:
                failures.append(error)

        failures: list[OSError] = []
        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(10)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_dialogue_with_tls(authority: Authority, name: str) -> None:
    with playing(SCRIPTS[name], authority.server("good")) as port:
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_greeting(name, f"127.0.0.1:{port}", options)
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.tls is not None and found.tls.errors == ()
    assert found.greeting is not None and found.greeting.starttls is True
    assert "TLS" in [phase.name for phase in found.phases]
    told = dict(found.greeting.facts)
    expected = {
        "smtp": ("extensions in TLS", "PIPELINING, SIZE 1000, AUTH PLAIN"),
        "imap": ("capabilities in TLS", "IMAP4rev2, AUTH=PLAIN"),
        "pop3": ("capabilities in TLS", "UIDL, USER"),
        "ftp": ("features", "AUTH TLS, SIZE"),
        "postgres": ("authentication", "SASL (SCRAM-SHA-256)"),
        "ldap": ("vendorName", "x"),
        "xmpp": ("mechanisms in TLS", "SCRAM-SHA-256, PLAIN"),
    }
    field, value = expected[name]
    assert told[field] == value
    assert not [each for each in found.greeting.judgements if each.severity == "bad"]


def test_words_put_in_before_tls_are_told(authority: Authority) -> None:
    script = list(SCRIPTS["smtp"])
    script[2] += b"250 this was never said by the server\r\n"
    with playing(script, authority.server("good")) as port:
        found = probe_greeting("smtp", f"127.0.0.1:{port}", ProbeOptions(ca=str(authority.trust)))
    assert found.greeting is not None
    assert "starttls-injection" in [each.name for each in found.greeting.judgements]
    assert dict(found.greeting.facts)["extensions in TLS"] == "PIPELINING, SIZE 1000, AUTH PLAIN"


def test_without_tls_that_is_told() -> None:
    with saying(b"220 mail.test ESMTP\r\n", b"", EHLO + b"250 AUTH PLAIN\r\n") as (port, _):
        found = probe_greeting("smtp", f"127.0.0.1:{port}", ProbeOptions(timeout=5))
    assert found.greeting is not None and found.greeting.starttls is False
    assert {each.name for each in found.greeting.judgements} == {"no-starttls", "login-in-clear"}


def test_sshd_offers_what_ssh_says_it_offers(tmp_path: Path) -> None:
    sshd, ssh = program("sshd", "openssh-server"), program("ssh", "openssh-client")
    keygen = program("ssh-keygen", "openssh-client")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    port = free_port()
    (tmp_path / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {tmp_path}/key\nPidFile none\n"
        "KexAlgorithms +diffie-hellman-group1-sha1\nCiphers +aes128-cbc\nUsePAM no\n"
    )
    with running([sshd, "-D", "-e", "-f", str(tmp_path / "config")], port, tmp_path):
        found = probe_greeting("ssh", f"127.0.0.1:{port}")
        command = [ssh, "-vv", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"]
        more = ["-o", f"UserKnownHostsFile={tmp_path}/known", "-p", str(port), "nobody@127.0.0.1", "true"]
        theirs = subprocess.run(
            [*command, *more], capture_output=True, text=True, timeout=20, check=False
        ).stderr
    assert found.outcome is ProbeOutcome.REACHED and found.greeting is not None, found.detail
    told = dict(found.greeting.facts)
    proposal = theirs.partition("peer server KEXINIT proposal")[2]
    for field, words in (
        ("key exchange", "KEX algorithms"),
        ("host keys", "host key algorithms"),
        ("encryption", "ciphers ctos"),
        ("checksums", "MACs ctos"),
    ):
        listed = re.search(rf"debug2: {words}: (\S+)", proposal)
        assert listed is not None, theirs
        assert told[field].replace(" ", "") == listed[1]
    assert f"remote software version {told['software']}" in theirs
    assert {each.name for each in found.greeting.judgements} >= {"kex-group1", "mode-cbc"}


def said_by(name: str) -> bytes:
    """What a server says until it wants TLS, in a row."""
    if name == "ssh":
        lists = b"".join(
            len(each).to_bytes(4, "big") + each for each in (b"a,b", b"ssh-rsa", *([b"none"] * 8))
        )
        payload = bytes([20]) + bytes(16) + lists + bytes(5)
        return b"SSH-2.0-x\r\n" + (len(payload) + 5).to_bytes(4, "big") + b"\4" + payload + bytes(4)
    return b"".join(SCRIPTS[name][: SCRIPTS[name].index(TLS)])


def play_alone(name: str, octets: bytes) -> Conversation | None:
    """A dialogue fed with octets, without any I/O; None if the octets end before the dialogue."""
    conversation = Conversation("localhost")
    dialogue = service(name).talk(conversation)
    rest = octets
    try:
        step = next(dialogue)
        while True:
            taken = b""
            match step:
                case Send():
                    pass
                case StartTls():
                    return conversation
                case Exactly(length):
                    if len(rest) < length:
                        return None
                    taken, rest = rest[:length], rest[length:]
                case Line() | Until():
                    end = step.end if isinstance(step, Until) else b"\n"
                    place = rest.find(end)
                    if place < 0:
                        return None
                    taken, rest = rest[: place + len(end)], rest[place + len(end) :]
                    if isinstance(step, Line):
                        taken = taken.rstrip(b"\r\n")
            step = dialogue.send(taken)
    except StopIteration:
        return conversation
    finally:
        dialogue.close()


@pytest.mark.parametrize("name", names())
def test_every_truncation_and_every_changed_octet(name: str) -> None:
    octets = said_by(name)
    assert play_alone(name, octets) is not None
    for length in range(len(octets)):
        assert play_alone(name, octets[:length]) is None or name in ("ssh", "ldap")
    for place in range(len(octets)):
        for value in (0, 0x7F, 0x80, 0xFF, octets[place] ^ 1):
            try:
                play_alone(name, octets[:place] + bytes([value]) + octets[place + 1 :])
            except ParseError as error:
                assert error.layer


@given(st.sampled_from(names()), st.binary(max_size=200), st.integers(0, 100))
@settings(max_examples=300)
def test_any_octets(name: str, octets: bytes, kept: int) -> None:
    try:
        play_alone(name, said_by(name)[:kept] + octets)
    except ParseError as error:
        assert error.layer


def greeted(name: str, words: bytes, timeout: float = 5) -> Probe:
    with saying(words) as (port, _):
        return probe_greeting(name, f"127.0.0.1:{port}", ProbeOptions(timeout=timeout))


@pytest.mark.parametrize("name", names())
def test_whoever_answers_the_probe_ends(name: str) -> None:
    for words, outcome in (
        (b"", ProbeOutcome.CLOSED),
        (b"\x00", ProbeOutcome.UNUSABLE),
        (b"\xff" * 100_000, ProbeOutcome.UNUSABLE),
        (b"a\r\n" * 10_000, ProbeOutcome.UNUSABLE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProbeOutcome.UNUSABLE),
    ):
        found = greeted(name, words)
        assert found.outcome in (outcome, ProbeOutcome.CLOSED), (words[:10], found.detail)
        told = "http" in found.detail.lower() or found.outcome is ProbeOutcome.CLOSED
        assert told or not words.startswith(b"HTTP"), found.detail


def test_a_directory_with_half_a_million_values_does_not_hang() -> None:
    values = b"\4\0" * 450_000

    def tlv(tag: int, content: bytes) -> bytes:
        return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content

    attribute = tlv(0x30, b"\4\1x" + tlv(0x31, values))
    message = tlv(0x30, b"\2\1\1" + tlv(0x64, b"\4\0" + tlv(0x30, attribute)))
    with saying(message + LDAP_DONE, hear=True) as (port, _):
        found = probe_greeting("ldap", f"127.0.0.1:{port}", ProbeOptions(timeout=30))
    assert found.greeting is not None
    assert "449970 more" in dict(found.greeting.facts)["x"]
