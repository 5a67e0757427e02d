"""SSH (RFC 4253): identification, and the algorithms that a server offers before any of them is used."""

from __future__ import annotations

import re

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Exactly,
    Line,
    Send,
    Service,
    text,
)

LAYER = "ssh"
MAXIMUM_LINES_BEFORE = 50  # before the identification, RFC 4253 section 4.2
MAXIMUM_PACKET = 35_000  # octets, RFC 4253 section 6.1
KEXINIT = 20  # RFC 4253 section 12
COOKIE = 16  # octets
LISTS = (
    # RFC 4253 section 7.1, in their order
    "key exchange",
    "host keys",
    "encryption there",
    "encryption here",
    "checksums there",
    "checksums here",
    "compression there",
    "compression here",
    "languages there",
    "languages here",
)
ONE_WAY = {
    "encryption there": "encryption",
    "checksums there": "checksums",
    "compression there": "compression",
}
WEAK = (
    # list, algorithm, name, severity, why, reference
    (
        "key exchange",
        r"diffie-hellman-group1-",
        "kex-group1",
        "bad",
        "A group of 1024 bits can be broken by a state (Logjam).",
        "RFC 9142",
    ),
    ("key exchange", r"sha1$", "kex-sha1", "weak", "SHA-1 is broken; no new use is allowed.", "RFC 9142"),
    ("host keys", r"^ssh-dss", "host-key-dsa", "bad", "DSA of 1024 bits with SHA-1.", "RFC 9142"),
    ("host keys", r"^ssh-rsa$", "host-key-sha1", "weak", "Signed with SHA-1, which is broken.", "RFC 8332"),
    ("encryption", r"^arcfour", "cipher-rc4", "bad", "RC4's key stream is biased.", "RFC 8758"),
    (
        "encryption",
        r"^(?:3des|blowfish|cast128|des)-",
        "cipher-64-bit",
        "weak",
        "Blocks of 64 bits repeat within hours of traffic (SWEET32).",
        "CVE-2016-2183",
    ),
    ("encryption", r"-cbc$", "mode-cbc", "weak", "Parts of the content can be recovered.", "CVE-2008-5161"),
    ("encryption", r"^none$", "cipher-none", "bad", "Nothing is encrypted.", "RFC 4253 section 6.3"),
    ("checksums", r"md5|-96", "mac-short", "weak", "MD5, or cut to 96 bits.", "RFC 6151"),
)
STRICT = "kex-strict-s-v00@openssh.com"
TERRAPIN = re.compile(r"^chacha20-poly1305@|-cbc$")


def talk(conversation: Conversation) -> Dialogue:
    """Read the identification, give one, and read the lists of algorithms."""
    for number in range(MAXIMUM_LINES_BEFORE):
        line = yield Line()
        if line.startswith(b"SSH-"):
            break
        if number == 0 and line[:1] in (b"\x15", b"\x16"):
            raise MalformedError("TLS in place of an identification", LAYER, 0)
        conversation.tell("line before", text(line))
    else:
        raise MalformedError("no identification", LAYER, 0)
    conversation.banner = text(line)
    version, _, software = text(line[4:]).partition("-")
    software, _, comment = software.partition(" ")
    conversation.tell("protocol", version)
    conversation.tell("software", software)
    if comment:
        conversation.tell("comment", comment)
    if version not in ("2.0", "1.99"):
        why = "SSH 1 has no sound integrity check; sessions can be taken over."
        conversation.judge("protocol-ssh1", "bad", f"protocol {version}", why, "CVE-2001-0361")
        return
    if version == "1.99":
        why = "The server also speaks SSH 1, which can be broken."
        conversation.judge("protocol-ssh1", "bad", "protocol 1.99", why, "RFC 4253 section 5.1")
    yield Send(b"SSH-2.0-netanatomy\r\n")
    header = yield Exactly(5)
    length, padding = int.from_bytes(header[:4], "big"), header[4]
    if not padding + 2 <= length <= MAXIMUM_PACKET:
        raise MalformedError(f"a packet of {length} octets", LAYER, 0)
    payload = (yield Exactly(length - 1))[: length - 1 - padding]
    if payload[0] != KEXINIT:
        raise MalformedError(f"message {payload[0]} in place of KEXINIT", LAYER, 5)
    lists = name_lists(payload)
    for name, values in lists.items():
        shown = ONE_WAY.get(name, name if " " not in name or name in ("key exchange", "host keys") else "")
        if shown:
            conversation.tell(shown, ", ".join(values))
    _judge(conversation, lists)


def name_lists(payload: bytes) -> dict[str, list[str]]:
    """The lists of a KEXINIT message.

    Raises:
        TruncatedError: it is cut short.
    """
    place, found = 1 + COOKIE, {}
    for name in LISTS:
        end = place + 4
        length = int.from_bytes(payload[place:end], "big")
        if end > len(payload) or end + length > len(payload):
            raise TruncatedError(LAYER, place, end + length, len(payload))
        listed = payload[end : end + length].decode("ascii", "replace")
        found[name] = [each for each in listed.split(",") if each]
        place = end + length
    return found


def _judge(conversation: Conversation, lists: dict[str, list[str]]) -> None:
    for name, pattern, short, severity, why, reference in WEAK:
        values = lists[name] if name in lists else lists[f"{name} there"]
        weak = [each for each in values if re.search(pattern, each)]
        if weak:
            conversation.judge(short, severity, ", ".join(weak), why, reference)
    if STRICT not in lists["key exchange"]:
        exposed = [each for each in lists["encryption there"] if TERRAPIN.search(each)]
        if exposed:
            why = "Who is on the way can cut messages off the beginning (Terrapin): no strict key exchange."
            conversation.judge("terrapin", "weak", ", ".join(exposed), why, "CVE-2023-48795")
    if not any(re.search(r"mlkem|sntrup", each) for each in lists["key exchange"]):
        why = "What is recorded today, quantum computers may read one day."
        what = "no post-quantum key exchange"
        conversation.judge("not-post-quantum", "note", what, why, "RFC 9794")


SERVICE = Service("ssh", 22, 0, talk)
