"""What was done about a capture as a whole: what caps on memory dropped, and what was not believed."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="internet")

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="fragments-evicted",
        meaning="Fragmented datagrams were given up to make room for others, so what they carried was not "
        "read: the mark of a flood of fragments.",
        benign="A capture of very much fragmented traffic, such as NFS over UDP, of which pieces were lost.",
        source="netanatomy (MAXIMUM_DATAGRAMS, MAXIMUM_OCTETS, MAXIMUM_PIECES); CVE-2018-5391",
    ),
    _kind(
        name="sequences-overflowed",
        meaning="Headers or options came in more different orders than are kept apart; the rest is shown as "
        "(other). Somebody makes packets at random, or wants the table of orders to grow without end.",
        benign="A collection of test packets made by a fuzzer.",
        source="netanatomy",
    ),
    _kind(
        name="checksums-disbelieved",
        meaning="Nearly all of the first IPv4 headers have a wrong checksum. So checksums say nothing about "
        "this capture, and packets are followed whatever theirs are.",
        benign="What a machine captures of its own packets before the network card works their checksums "
        "out; captures that a program made or changed.",
        source="netanatomy (LEAST_WRONG, MOSTLY_WRONG); Wireshark leaves the check off for this reason",
    ),
    AnomalyKind(
        name="connections-evicted",
        layer="transport",
        meaning="More connections were open at once than are kept, so some were ended early to make room, "
        "those first that nobody had answered: the mark of a flood from many sources.",
        benign="A capture of a very busy link: the limit on connections can be raised.",
        source="netanatomy (FlowOptions.maximum_connections)",
    ),
    AnomalyKind(
        name="conversations-evicted",
        layer="application",
        meaning="More conversations were being recognised or read at once than there is room for, so the "
        "oldest were read no further and tell only what they had said: the mark of connections that begin "
        "like a protocol and do not go on.",
        benign="A capture of a very busy link.",
        source="netanatomy (MAXIMUM_CONVERSATIONS)",
    ),
    AnomalyKind(
        name="messages-evicted",
        layer="application",
        meaning="More messages waited for the end of their connection than there is room for, so the oldest "
        "were told without its addresses; the connection table has them by its uid.",
        benign="A capture in which very many connections stay open.",
        source="netanatomy (MAXIMUM_WAITING)",
    ),
)
