r"""Services over UDP that answer much to little: which are asked, by the few octets that name the question.

A service amplifies where its answer is longer than the question and nobody proves where the question came
from. Each of them has questions that are known for it; the port says which service, these octets which
question. The length of what is read is bounded (`HEAD`), and nothing here is an error: what is not one of
these questions is no name.

>>> asked(123, bytes.fromhex("17 00 03 2a 00000000")), asked(123, b"\x23" + bytes(47))
('NTP monlist', '')
>>> asked(53, bytes.fromhex("0001 0100 0001 0000 0000 0001 03 636f6d 00 00ff 0001"))
'DNS ANY'
>>> asked(11211, bytes(8) + b"stats\r\n")
'memcached stats'
"""

from __future__ import annotations

from collections.abc import Mapping

from netanatomy.schema.frozen import frozen

HEAD = 80
"""Octets of a datagram that are looked at: a DNS question with a name of 60 octets ends within them."""

DNS_HEADER = 12  # octets, RFC 1035 section 4.1.1
MAXIMUM_LABEL = 63  # octets, RFC 1035 section 2.3.4
DNS_TYPES = {16: "TXT", 46: "RRSIG", 48: "DNSKEY", 255: "ANY"}
"""Question types whose answers are long: RFC 1035 section 3.2.2 and 3.2.3, RFC 4034."""

NTP_CONTROL, NTP_PRIVATE = 6, 7  # modes, RFC 9327 section 2, RFC 5905 figure 10
NTP_READVAR, NTP_READSTAT = 2, 1  # opcodes, RFC 9327 section 2
NTP_MONLIST = (20, 42)  # request codes of ntpd's private mode: MON_GETLIST, MON_GETLIST_1
MEMCACHED_FRAME = 8  # octets before the text, memcached's doc/protocol.txt
SNMP_GET_BULK = 0xA5  # tag of the PDU, RFC 3416 section 3
LDAP_SEARCH, LDAP_ENTRY, LDAP_DONE = 0x63, 0x64, 0x65  # RFC 4511 section 4.5
SNMP_RESPONSE = 0xA2  # RFC 3416 section 3


@frozen
class Amplifier:
    """A service that answers much to little.

    Attributes:
        name: as people call it.
        factor: octets answered to one asked, as it was measured on the Internet.
        answer: octets of payload from which an answer is a long one.
        advice: how to close it.
    """

    name: str
    factor: str
    answer: int
    advice: tuple[str, ...] = ()


# CISA alert TA14-017A lists the factors; memcached: Cloudflare and US-CERT 2018.
AMPLIFIERS: Mapping[int, Amplifier] = {
    17: Amplifier("QOTD", "140", 100),
    19: Amplifier("CharGEN", "359", 74),
    53: Amplifier("DNS", "28 to 54", 512, ("DNS: recursion only for own networks; rate limiting; RFC 8482",)),
    69: Amplifier("TFTP", "60", 200),
    111: Amplifier("portmapper", "7 to 28", 200),
    123: Amplifier("NTP", "557", 200, ("ntp.conf: restrict default kod limited nomodify noquery nopeer",)),
    161: Amplifier("SNMP", "6.3", 400, ("SNMP: version 3, and only from the management network",)),
    389: Amplifier("CLDAP", "56 to 70", 400),
    1900: Amplifier("SSDP", "31", 200),
    3702: Amplifier("WS-Discovery", "10 to 500", 400),
    11211: Amplifier("memcached", "10,000 to 51,000", 400, ("memcached: -U 0 (no UDP), -l 127.0.0.1",)),
}


def asked(port: int, head: bytes) -> str:
    """The question that a datagram to a port asks, where it is one that attackers like; else nothing.

    Args:
        port: the destination port.
        head: the first octets of the payload.
    """
    if port == 53:
        kind = DNS_TYPES.get(question_type(head))
        return f"DNS {kind}" if kind and not head[2] & 0x80 else ""
    if port == 123:
        return _ntp(head)
    if port == 11211:
        word = head[MEMCACHED_FRAME:].split(b"\r\n")[0].split(b" ")[0]
        return f"memcached {word.decode()}" if word in {b"stats", b"get", b"gets"} else ""
    if port == 1900:
        return "SSDP search" if head.startswith(b"M-SEARCH * HTTP/1") else ""
    if port == 161:
        return "SNMP GetBulk" if _pdu(head) == SNMP_GET_BULK else ""
    if port == 389:
        return "CLDAP search" if head[:1] == b"\x30" and LDAP_SEARCH in head[5:9] else ""
    if port in {17, 19}:
        return f"{AMPLIFIERS[port].name} request"
    return ""


def answered(port: int, head: bytes) -> bool:
    r"""Whether a datagram from a port can be what the service there answers.

    >>> answered(11211, bytes(8) + b"STAT pid 1\r\n"), answered(53, bytes(40)), answered(19, b" !#$%")
    (True, False, True)
    """
    if not head:
        return False
    if port == 53:
        return len(head) > 2 and bool(head[2] & 0x80) and question_end(head) > 0
    if port == 123:
        reply = head[0] & 0x80 if head[0] & 7 == NTP_PRIVATE else head[1:2] >= b"\x80"
        return head[0] & 7 in {NTP_CONTROL, NTP_PRIVATE} and bool(reply)
    if port == 161:
        return _pdu(head) == SNMP_RESPONSE
    if port == 389:
        return head[:1] == b"\x30" and (LDAP_ENTRY in head[5:12] or LDAP_DONE in head[5:12])
    if port == 1900:
        return head.startswith(b"HTTP/1.1 200")
    if port == 11211:
        # Later datagrams of an answer carry on in the middle of it: their number is not zero.
        return head[MEMCACHED_FRAME:].startswith((b"STAT ", b"VALUE ")) or head[2:4] > b"\0\0"
    return port not in {17, 19} or all(
        32 <= octet < 127 or octet in b"\t\r\n" for octet in head.rstrip(b"\0")
    )


def question_end(head: bytes) -> int:
    r"""Where the first question of a DNS message ends; 0 where it does not within `head`.

    >>> question_end(bytes(12) + b"\x03com\0" + bytes(4))
    21
    """
    place = DNS_HEADER
    while place < len(head) and 0 < head[place] <= MAXIMUM_LABEL:
        place += 1 + head[place]
    return place + 5 if place + 5 <= len(head) and head[place] == 0 else 0


def question_type(head: bytes) -> int:
    """The type of the first question of a DNS message; 0 where it cannot be read."""
    end = question_end(head)
    return int.from_bytes(head[end - 4 : end - 2], "big") if end else 0


def _ntp(head: bytes) -> str:
    mode = head[0] & 7 if head else 0
    if mode == NTP_PRIVATE and len(head) >= 4 and not head[0] & 0x80:
        return "NTP monlist" if head[3] in NTP_MONLIST else "NTP private mode"
    if mode == NTP_CONTROL and len(head) >= 2 and not head[1] & 0x80:
        return "NTP readvar" if head[1] & 31 in {NTP_READVAR, NTP_READSTAT} else ""
    return ""


def _pdu(head: bytes) -> int:
    """The tag of the PDU of an SNMP message: behind the sequence, the version and the community."""
    place = 2 + (head[1] & 0x7F if len(head) > 1 and head[1] & 0x80 else 0)
    for _ in range(2):
        if place + 1 >= len(head) or head[place + 1] & 0x80:
            return 0
        place += 2 + head[place + 1]
    return head[place] if place < len(head) else 0
