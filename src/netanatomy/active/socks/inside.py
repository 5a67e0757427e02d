"""Whether a proxy reaches what lies inside: what its answers prove, and what they do not."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from netanatomy.active.socks.asking import NOT_UNDERSTOOD, Asked
from netanatomy.active.socks.policy import Policy
from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.layers.internet.addresses import Address
from netanatomy.schema.socks_check import Answer, CheckLine

ANY_PORT = 443  # of which no rule says anything: only the address is judged
REACHED = "Its clients reach what listens there for local programs only: let it check addresses."
REFUSED_THERE = (
    "It has been there: nothing listens at this port, but at others its clients reach what is meant for "
    "local programs only: let it check addresses."
)
DENIED = "Denied by its rules, as it should be."
NOT_TAKEN = "It does not take such a destination at all."
PROVES_NOTHING = "This does not tell whether it was denied or only not found: name a target that listens."


def local_questions(port: int) -> tuple[tuple[str, Destination], ...]:
    """Ways to this machine's own loopback, where our echo listens at a port."""
    return (
        ("127.0.0.1", Destination(IPv4Address("127.0.0.1"), port)),
        ("::ffff:127.0.0.1", Destination(IPv6Address("::ffff:127.0.0.1"), port)),
        ("the name localhost", Destination(b"localhost", port)),
        (str(IPv4Address(0)), Destination(IPv4Address(0), port)),  # on Linux another name of loopback
    )


def inside(target: Destination) -> str:
    """Why a target lies inside; empty if it does not. A name is resolved here, as its clients might.

    >>> inside(Destination(IPv4Address("10.0.0.1"), 25)), inside(Destination(IPv4Address("9.9.9.9"), 25))
    ('private', '')
    """
    policy = Policy(of_this_host=lambda _: False)
    for address in _addresses(target):
        verdict = policy.check(address, ANY_PORT)
        if not verdict.allowed:
            return verdict.reason if address == target.host else f"here {address}, {verdict.reason}"
    return ""


def _addresses(target: Destination) -> list[Address]:
    if not isinstance(target.host, bytes):
        return [target.host]
    try:
        found = socket.getaddrinfo(target.host_text, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def inside_line(subject: str, asked: Asked) -> CheckLine:
    """What the answer to a request for an inner target means.

    Only a refusal by its rules is a denial: an address that is not found today may be there tomorrow, and
    whoever is told that a connection was refused knows that it was tried. SOCKS4 gives no reasons at all.
    """
    answer, meaning = Answer.UNKNOWN, PROVES_NOTHING
    if asked.granted:
        if asked.reached is not False:
            answer, meaning = Answer.YES, REACHED
    elif asked.code == socks5.Code.CONNECTION_REFUSED:
        answer, meaning = Answer.YES, REFUSED_THERE
    elif asked.code == socks5.Code.NOT_ALLOWED:
        answer, meaning = Answer.NO, DENIED
    elif asked.code in NOT_UNDERSTOOD or asked.understood is False:
        answer, meaning = Answer.NO, NOT_TAKEN
    return CheckLine("inside", subject, answer, asked.detail, meaning, concern=answer is Answer.YES)
