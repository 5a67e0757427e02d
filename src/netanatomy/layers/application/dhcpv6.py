"""DHCP for IPv6 (RFC 8415)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

CLIENT_PORT, SERVER_PORT = 546, 547  # RFC 8415 §7.2
HEADER_LENGTH = 4  # octets: message type and transaction, RFC 8415 §8
OPTION_HEADER = 4  # octets: code and length, RFC 8415 §21.1
DEEPEST = 8
"""Options and relayed messages within one another. RFC 8415 §7.6 lets 8 relays pass a message on."""

(
    SOLICIT,
    ADVERTISE,
    REQUEST,
    CONFIRM,
    RENEW,
    REBIND,
    REPLY,
    RELEASE,
    DECLINE,
    RECONFIGURE,
    INFORMATION_REQUEST,
    RELAY_FORW,
    RELAY_REPL,
) = range(1, 14)  # RFC 8415 §7.3
MESSAGE_TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/dhcpv6-parameters
        SOLICIT: "SOLICIT: who gives me an address?",
        ADVERTISE: "ADVERTISE: take this one",
        REQUEST: "REQUEST: I want that one",
        CONFIRM: "CONFIRM: is mine still right here?",
        RENEW: "RENEW: I want to keep it, from you",
        REBIND: "REBIND: I want to keep it, from anybody",
        REPLY: "REPLY: it is yours, or what you asked for",
        RELEASE: "RELEASE: I give it back",
        DECLINE: "DECLINE: that one is in use",
        RECONFIGURE: "RECONFIGURE: ask me again",
        INFORMATION_REQUEST: "INFORMATION-REQUEST: tell me the rest",
        RELAY_FORW: "RELAY-FORW: a relay passes on to a server",
        RELAY_REPL: "RELAY-REPL: a server answers by a relay",
        14: "LEASEQUERY",
        15: "LEASEQUERY-REPLY",
        16: "LEASEQUERY-DONE",
        17: "LEASEQUERY-DATA",
        18: "RECONFIGURE-REQUEST",
        19: "RECONFIGURE-REPLY",
        20: "DHCPV4-QUERY",
        21: "DHCPV4-RESPONSE",
        22: "ACTIVELEASEQUERY",
        23: "STARTTLS",
        24: "BNDUPD",
        25: "BNDREPLY",
        26: "POOLREQ",
        27: "POOLRESP",
        28: "UPDREQ",
        29: "UPDREQALL",
        30: "UPDDONE",
        31: "CONNECT",
        32: "CONNECTREPLY",
        33: "DISCONNECT",
        34: "STATE",
        35: "CONTACT",
    }
)

OPTION_CLIENT, OPTION_SERVER, OPTION_IA_NA, OPTION_IA_TA, OPTION_IA_ADDRESS = range(1, 6)  # RFC 8415 §21
OPTION_REQUEST, OPTION_PREFERENCE, OPTION_ELAPSED_TIME, OPTION_RELAY_MESSAGE = range(6, 10)
OPTION_STATUS, OPTION_DNS, OPTION_IA_PD, OPTION_IA_PREFIX = 13, 23, 25, 26  # 23: RFC 3646 §3
OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/dhcpv6-parameters
        OPTION_CLIENT: "Client Identifier",
        OPTION_SERVER: "Server Identifier",
        OPTION_IA_NA: "Identity Association for Non-temporary Addresses",
        OPTION_IA_TA: "Identity Association for Temporary Addresses",
        OPTION_IA_ADDRESS: "IA Address",
        OPTION_REQUEST: "Option Request",
        OPTION_PREFERENCE: "Preference",
        OPTION_ELAPSED_TIME: "Elapsed Time",
        OPTION_RELAY_MESSAGE: "Relay Message",
        11: "Authentication",
        12: "Server Unicast",
        OPTION_STATUS: "Status Code",
        14: "Rapid Commit",
        15: "User Class",
        16: "Vendor Class",
        17: "Vendor-specific Information",
        18: "Interface-Id",
        19: "Reconfigure Message",
        20: "Reconfigure Accept",
        21: "SIP Server Domain Name List",
        22: "SIP Servers IPv6 Address List",
        OPTION_DNS: "DNS Recursive Name Server",
        24: "Domain Search List",
        OPTION_IA_PD: "Identity Association for Prefix Delegation",
        OPTION_IA_PREFIX: "IA Prefix",
        31: "SNTP Servers",
        32: "Information Refresh Time",
        37: "Remote Identifier",
        39: "Client FQDN",
        56: "NTP Server",
        59: "Boot File URL",
        64: "AFTR Name",
        79: "Client Link-layer Address",
        82: "SOL_MAX_RT",
        83: "INF_MAX_RT",
        112: "Manufacturer Usage Description URL",
    }
)
ADDRESSES = frozenset({12, 22, OPTION_DNS, 31})
"""Options that hold IPv6 addresses and nothing else (RFC 8415 §21.12, RFC 3319, RFC 3646, RFC 4075)."""
NUMBERS: Mapping[int, tuple[int, str]] = MappingProxyType(
    {  # bits and unit
        OPTION_PREFERENCE: (8, "the highest is taken"),
        OPTION_ELAPSED_TIME: (16, "hundredths of a second since the client began"),
        32: (32, "s"),
        82: (32, "s"),
        83: (32, "s"),
    }
)
FIXED: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {  # numbers of 32 bits before further options
        OPTION_IA_NA: ("IAID", "T1", "T2"),
        OPTION_IA_TA: ("IAID",),
        OPTION_IA_PD: ("IAID", "T1", "T2"),
    }
)
LINK_TIME, ENTERPRISE, LINK, UUID = range(1, 5)  # RFC 8415 §11
DUID_TYPES = {
    LINK_TIME: "link-layer address and time",
    ENTERPRISE: "enterprise number",
    LINK: "link-layer address",
    UUID: "UUID",  # RFC 6355
}
ETHERNET = 1  # hardware type, as in ARP
STATUS = {
    0: "success",
    1: "it did not work",
    2: "no address is left",
    3: "no such binding",
    4: "not of this link",
    5: "ask all servers instead",
    6: "no prefix is left",
}


def parse(reader: HeaderReader) -> Next | None:
    """The message type, then each option with what it says, as deep as they lie within one another."""
    if reader.peek(0, 1) not in MESSAGE_TYPES:
        reader.note("Remark", "another protocol", "the first octet is that of no DHCPv6 message")
        return None
    _message(reader, 0)
    return None


def _message(reader: HeaderReader, depth: int) -> None:
    kind = reader.unsigned("msg-type", 8, MESSAGE_TYPES)
    if kind in (RELAY_FORW, RELAY_REPL):
        reader.unsigned("hop-count", 8, "relays passed")
        reader.ipv6("link-address", "of the link that the client is on")
        reader.ipv6("peer-address", "of the client, or of the relay before")
    else:
        reader.unsigned("transaction-id", 24, "the client's number for this exchange", hexadecimal=True)
    _options(reader, depth)


def _options(reader: HeaderReader, depth: int) -> None:
    while reader.remaining:
        code = reader.peek(0, 2)
        name = OPTIONS.get(code, f"Option {code}")
        reader.unsigned(f"{name}: option-code", 16)
        length = reader.unsigned(f"{name}: option-len", 16, "octets")
        with reader.restrict_to(length, name):
            if length and depth < DEEPEST:
                _option(reader, code, name, depth + 1)


def _option(reader: HeaderReader, code: int, name: str, depth: int) -> None:
    """What an option says; what is left unread is taken whole by the caller."""
    if code in (OPTION_CLIENT, OPTION_SERVER):
        _duid(reader, name)
    elif code in FIXED:
        for each in FIXED[code]:
            reader.unsigned(f"{name}: {each}", 32, "s" if each != "IAID" else "", hexadecimal=each == "IAID")
        _options(reader, depth)
    elif code == OPTION_IA_ADDRESS:
        reader.ipv6("IPv6-address")
        _lifetimes(reader)
        _options(reader, depth)
    elif code == OPTION_IA_PREFIX:
        _lifetimes(reader)
        reader.unsigned("prefix-length", 8, "bits")
        reader.ipv6("IPv6-prefix")
        _options(reader, depth)
    elif code == OPTION_RELAY_MESSAGE:
        if reader.peek(0, 1) in MESSAGE_TYPES:
            _message(reader, depth)
    elif code == OPTION_STATUS:
        reader.unsigned("status-code", 16, STATUS)
        reader.utf8("status-message", reader.remaining)
    elif code == OPTION_REQUEST:
        while reader.remaining >= 2:
            reader.unsigned("requested-option-code", 16, OPTIONS)
    elif code in ADDRESSES:
        while reader.remaining >= 16:
            reader.ipv6(name)
    elif code in NUMBERS:
        bits, meaning = NUMBERS[code]
        reader.unsigned(name, bits, meaning)


def _lifetimes(reader: HeaderReader) -> None:
    reader.unsigned("preferred-lifetime", 32, "s")
    reader.unsigned("valid-lifetime", 32, "s")


def _duid(reader: HeaderReader, name: str) -> None:
    """A DHCP unique identifier; only the link-layer kinds are taken apart (RFC 8415 §11)."""
    if reader.remaining < 2:
        return
    kind = reader.unsigned(f"{name}: DUID type", 16, DUID_TYPES)
    if kind in (LINK_TIME, LINK):
        hardware = reader.unsigned(f"{name}: hardware type", 16, {ETHERNET: "Ethernet"})
        if kind == LINK_TIME:
            reader.unsigned(f"{name}: time", 32, "s since the beginning of 2000 (UTC)")
        if hardware == ETHERNET and reader.remaining == 6:
            reader.mac(f"{name}: link-layer address")


PROTOCOL = Protocol(
    name="dhcpv6",
    title="Dynamic Host Configuration Protocol for IPv6",
    layer=Layer.APPLICATION,
    reference="RFC 8415",
    carried_by=(Carried(Carrier.UDP_PORT, CLIENT_PORT), Carried(Carrier.UDP_PORT, SERVER_PORT)),
    parse=parse,
)
