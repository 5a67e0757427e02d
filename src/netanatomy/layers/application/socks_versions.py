"""SOCKS4, SOCKS4a and SOCKS5 side by side: the one source of the command and of the page about them.

SOCKS4: Y.-D. Lee, "SOCKS: A protocol for TCP proxy across firewalls" (about 1992); SOCKS4a: his
"SOCKS 4A: A Simple Extension to SOCKS 4 Protocol". SOCKS5: RFC 1928, with RFC 1929 (passwords) and
RFC 1961 (GSS-API).
"""

from __future__ import annotations

from netanatomy.schema.frozen import frozen

VERSIONS = ("SOCKS4", "SOCKS4a", "SOCKS5")


@frozen
class Aspect:
    """One thing in which the versions may differ.

    Attributes:
        name: what is compared.
        socks4: how it is in SOCKS4.
        socks4a: how it is in SOCKS4a.
        socks5: how it is in SOCKS5.
        reference: where that is laid down; of SOCKS5, unless said otherwise.
    """

    name: str
    socks4: str
    socks4a: str
    socks5: str
    reference: str


@frozen
class Step:
    """One message of a dialogue, octet by octet.

    Attributes:
        version: whose dialogue it is.
        sender: `client` or `proxy`.
        octets: in hexadecimal; capitals stand for a field of the protocol.
        meaning: what that says.
        reference: where it is laid down.
    """

    version: str
    sender: str
    octets: str
    meaning: str
    reference: str


SOCKS4_MEMO = "SOCKS4 memo"
SOCKS4A_MEMO = "SOCKS4a memo"

ASPECTS = (
    Aspect("defined in", "a memo, about 1992", "a memo that extends it", "RFC 1928, in 1996", "RFC 1928"),
    Aspect("first octet of the client", "04", "04", "05", "RFC 1928 section 3"),
    Aspect(
        "authentication",
        "none: a user name that is believed",
        "none: a user name that is believed",
        "none, password, or GSS-API, as agreed",
        "RFC 1928 section 3",
    ),
    Aspect("password on the wire", "there is none", "there is none", "in cleartext", "RFC 1929 section 3"),
    Aspect("IPv4 destinations", "yes", "yes", "yes", "RFC 1928 section 5"),
    Aspect("destinations by name", "no", "yes", "yes, up to 255 octets", "RFC 1928 section 5"),
    Aspect("IPv6 destinations", "no", "only behind a name", "yes", "RFC 1928 section 5"),
    Aspect(
        "who resolves names", "the client", "the proxy", "either: the client chooses", "RFC 1928 section 5"
    ),
    Aspect("CONNECT", "yes", "yes", "yes", "RFC 1928 section 4"),
    Aspect("BIND (one connection back)", "yes", "yes", "yes, often left out", "RFC 1928 section 4"),
    Aspect("UDP ASSOCIATE", "no", "no", "yes, often left out", "RFC 1928 section 7"),
    Aspect("encryption", "none", "none", "none, but with GSS-API, which is rare", "RFC 1961"),
    Aspect(
        "round trips before data", "1", "1", "2; 3 with a password", "RFC 1928 section 3; RFC 1929 section 2"
    ),
    Aspect("reasons of a refusal", "3 codes", "3 codes", "8 codes", "RFC 1928 section 6"),
    Aspect("usual port", "1080", "1080", "1080", "RFC 1928 section 3"),
    Aspect("in curl", "socks4://", "socks4a://", "socks5:// or socks5h:// (the proxy resolves)", "curl(1)"),
)

DEFENDER = (
    "No version hides anything: whoever is on the way reads destination, user name and, in SOCKS5, the "
    "password. Only a tunnel around it does (TLS, SSH).",
    "SOCKS4 and SOCKS4a cannot keep strangers out. A proxy that speaks them must be reachable from its own "
    "clients only; at best it asks their hosts for the user (RFC 1413), who may lie as well.",
    "Where the client resolves names (SOCKS4, socks5://), its DNS questions leave beside the proxy and tell "
    "what it visits; where the proxy does (SOCKS4a, socks5h://), the client's resolver sees nothing to log "
    "or to filter.",
    "A proxy reaches whatever its host reaches: loopback, the inner network, a cloud's metadata. It must "
    "check the address that it connects to, after resolving, and in every form (v4-mapped, NAT64).",
    "BIND and UDP ASSOCIATE open ports to the outside and relay for whoever sends to them: refuse them where "
    "nobody needs them.",
    "Attackers use SOCKS to go through a host that they have taken (ssh -D, chisel, Metasploit): ATT&CK "
    "T1090. A workstation that answers with 05 00 or 00 5a is worth a look, at whatever port.",
)
"""What the differences mean for a defender."""

DIALOGUES = (
    Step("SOCKS4", "client", "04 CD PORT PORT IP IP IP IP user 00", "CD 01 connects, 02 binds", SOCKS4_MEMO),
    Step("SOCKS4", "proxy", "00 CD PORT PORT IP IP IP IP", "CD 5a granted, 5b to 5d refused", SOCKS4_MEMO),
    Step(
        "SOCKS4a",
        "client",
        "04 CD PORT PORT 00 00 00 xx user 00 name 00",
        "an impossible address (xx is not 00), then the name",
        SOCKS4A_MEMO,
    ),
    Step("SOCKS4a", "proxy", "00 CD PORT PORT IP IP IP IP", "as in SOCKS4", SOCKS4A_MEMO),
    Step(
        "SOCKS5",
        "client",
        "05 NMETHODS METHODS",
        "the methods it can: 00 none, 01 GSS-API, 02 password",
        "RFC 1928 section 3",
    ),
    Step("SOCKS5", "proxy", "05 METHOD", "the method it wants; ff: none of these", "RFC 1928 section 3"),
    Step(
        "SOCKS5",
        "client",
        "01 ULEN user PLEN password",
        "only with method 02: in cleartext",
        "RFC 1929 section 2",
    ),
    Step("SOCKS5", "proxy", "01 STATUS", "00 let in; anything else: refused", "RFC 1929 section 2"),
    Step(
        "SOCKS5",
        "client",
        "05 CMD 00 ATYP ADDRESS PORT PORT",
        "CMD 01 connects, 02 binds, 03 relays UDP; ATYP 01 IPv4, 03 name with its length, 04 IPv6",
        "RFC 1928 section 4",
    ),
    Step(
        "SOCKS5",
        "proxy",
        "05 REP 00 ATYP ADDRESS PORT PORT",
        "REP 00 done, 01 to 08 why not",
        "RFC 1928 section 6",
    ),
)
"""How each looks in a capture, in the order of the messages."""
