"""TCP's flags in words, and the combinations that no handshake allows."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << bit for bit in range(9))  # RFC 9293 §3.1, RFC 9768
FLAG_NAMES = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")
CONTROL = FIN | SYN | RST | PSH | ACK | URG
"""The flags of RFC 793; the other three are about congestion and say nothing about the handshake."""

HIGHEST = 0xFFF
"""Flags and reserved bits together are twelve bits."""


@frozen
class ImpossibleFlags:
    """A combination that no end point sends in any state of a connection.

    It holds for a segment if `flags & mask == value`.
    """

    name: str
    mask: int
    value: int
    meaning: str


# In order: the first that fits names the segment. RFC 9293 §3.10.7 is what an end point does.
IMPOSSIBLE = (
    ImpossibleFlags(
        "null",
        CONTROL,
        0,
        "No flag at all. Every segment but a SYN carries ACK; scanners send none (nmap -sN).",
    ),
    ImpossibleFlags(
        "syn-fin",
        SYN | FIN,
        SYN | FIN,
        "Opens and closes at once. Old packet filters let it pass as 'not a plain SYN'.",
    ),
    ImpossibleFlags("syn-rst", SYN | RST, SYN | RST, "Opens and aborts at once. No end point sends it."),
    ImpossibleFlags(
        "xmas",
        FIN | PSH | URG | ACK,
        FIN | PSH | URG,
        "FIN, PSH and URG lit like a Christmas tree, without ACK: a scan (nmap -sX).",
    ),
    ImpossibleFlags(
        "fin-rst",
        FIN | RST,
        FIN | RST,
        "Closes in order and aborts at once. A few load balancers send it; scanners too.",
    ),
    ImpossibleFlags(
        "fin-without-ack",
        FIN | ACK,
        FIN,
        "Closes a connection without acknowledging anything: a FIN scan (nmap -sF).",
    ),
    ImpossibleFlags(
        "no-ack",
        SYN | RST | ACK,
        0,
        "Data without ACK: after the first SYN every segment of a connection carries ACK.",
    ),
)


def impossible(flags: int) -> ImpossibleFlags | None:
    """What is impossible about a segment's flags, or None.

    >>> impossible(SYN), impossible(SYN | FIN).name, impossible(FIN | PSH | URG).name
    (None, 'syn-fin', 'xmas')
    """
    return next((each for each in IMPOSSIBLE if flags & each.mask == each.value), None)


def flag_text(flags: int) -> str:
    """The flags by name, from the handshake's to the rest.

    >>> flag_text(0x12), flag_text(0), flag_text(0xE01)
    ('SYN+ACK', 'none', 'FIN+reserved')
    """
    order = (1, 0, 2, 3, 5, 4, 6, 7, 8)  # SYN first, ACK last of the six: as people say them
    names = [FLAG_NAMES[bit] for bit in order if flags >> bit & 1]
    return "+".join(names + ["reserved"] * bool(flags >> 9)) or "none"
