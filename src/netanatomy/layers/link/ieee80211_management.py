"""The bodies of IEEE 802.11 management frames: fixed fields, then elements (IEEE 802.11 §9.3.3, §9.4)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader

ASSOCIATION_REQUEST = 0x0
REASSOCIATION_REQUEST = 0x2
PROBE_REQUEST = 0x4
AUTHENTICATION = 0xB
ASSOCIATION_RESPONSES = frozenset({0x1, 0x3})
BEACONS = frozenset({0x5, 0x8})  # probe responses have the same fields
FAREWELLS = frozenset({0xA, 0xC})  # disassociation and deauthentication
ACTIONS = frozenset({0xD, 0xE})

SSID = 0
RATES = frozenset({1, 50})
CHANNEL = 3
TRAFFIC_INDICATION = 5
COUNTRY = 7
SECURITY = 48
VENDOR = 221
EXTENSION = 255

ELEMENTS = {  # IEEE 802.11 table 9-92
    SSID: "SSID",
    1: "supported rates",
    CHANNEL: "DSSS channel",
    4: "contention-free parameters",
    TRAFFIC_INDICATION: "traffic indication map",
    6: "IBSS parameters",
    COUNTRY: "country",
    10: "request",
    11: "BSS load",
    16: "challenge text",
    32: "power constraint",
    33: "power capability",
    35: "TPC report",
    36: "supported channels",
    37: "channel switch announcement",
    42: "ERP",
    45: "HT capabilities",
    46: "QoS capability",
    SECURITY: "RSN",
    50: "extended supported rates",
    54: "mobility domain",
    59: "operating classes",
    61: "HT operation",
    70: "radio measurement capabilities",
    107: "interworking",
    113: "mesh configuration",
    114: "mesh identifier",
    127: "extended capabilities",
    191: "VHT capabilities",
    192: "VHT operation",
    VENDOR: "vendor-specific",
    EXTENSION: "extension",
}

CAPABILITIES = (  # IEEE 802.11 §9.4.1.4, from the lowest bit
    "ESS",
    "IBSS",
    "CF pollable",
    "CF poll request",
    "privacy",
    "short preamble",
    "critical update",
    "nontransmitted BSSIDs critical update",
    "spectrum management",
    "QoS",
    "short slot time",
    "APSD",
    "radio measurement",
    "EPD",
    "delayed block ack",
    "immediate block ack",
)

REASONS = {  # IEEE 802.11 table 9-49
    1: "unspecified",
    2: "authentication is no longer valid",
    3: "the station is leaving",
    4: "inactivity",
    5: "the access point cannot handle all stations",
    6: "class 2 frame from a station that is not authenticated",
    7: "class 3 frame from a station that is not associated",
    8: "the station is leaving the network",
    9: "not authenticated",
    10: "power capability unacceptable",
    11: "supported channels unacceptable",
    12: "BSS transition",
    13: "invalid element",
    14: "message integrity code failure",
    15: "4-way handshake timeout",
    16: "group key handshake timeout",
    17: "element differs in the 4-way handshake",
    18: "invalid group cipher",
    19: "invalid pairwise cipher",
    20: "invalid AKMP",
    21: "unsupported RSN version",
    22: "invalid RSN capabilities",
    23: "IEEE 802.1X authentication failed",
    24: "cipher rejected by policy",
    34: "poor channel conditions",
    45: "peer link end",
}

STATUSES = {  # IEEE 802.11 table 9-50
    0: "success",
    1: "refused",
    10: "capabilities not supported",
    11: "reassociation denied",
    12: "association denied",
    13: "authentication algorithm not supported",
    14: "transaction sequence number out of order",
    15: "challenge failed",
    16: "timeout",
    17: "too many stations",
    18: "basic rates not supported",
    30: "refused temporarily",
    76: "anti-clogging token required",
}

ALGORITHMS = {0: "open system", 1: "shared key", 2: "fast transition", 3: "SAE", 128: "LEAP"}

CATEGORIES = {  # IEEE 802.11 table 9-51
    0: "spectrum management",
    1: "QoS",
    3: "block ack",
    4: "public",
    5: "radio measurement",
    6: "fast transition",
    7: "HT",
    8: "SA query",
    10: "wireless network management",
    13: "mesh",
    15: "self-protected",
    21: "VHT",
    127: "vendor-specific",
}

CIPHERS = {  # IEEE 802.11 table 9-149, OUI 00-0F-AC
    0: "the group's cipher",
    1: "WEP-40",
    2: "TKIP",
    4: "CCMP-128",
    5: "WEP-104",
    6: "BIP-CMAC-128",
    8: "GCMP-128",
    9: "GCMP-256",
    10: "CCMP-256",
}

KEY_MANAGEMENTS = {  # IEEE 802.11 table 9-151, OUI 00-0F-AC
    1: "IEEE 802.1X",
    2: "pre-shared key",
    3: "fast transition with IEEE 802.1X",
    4: "fast transition with pre-shared key",
    5: "IEEE 802.1X, SHA-256",
    6: "pre-shared key, SHA-256",
    8: "SAE",
    9: "fast transition with SAE",
    18: "OWE",
}


def body(reader: HeaderReader, subtype: int) -> None:
    """Take the fixed fields of that subtype, and the elements behind them."""
    if subtype in BEACONS:
        reader.little_endian("Timestamp", 8, "microseconds")
        reader.little_endian("Beacon Interval", 2, lambda units: f"{units * 1.024:g} ms")
        reader.little_endian("Capability Information", 2, _capabilities)
    elif subtype in (ASSOCIATION_REQUEST, REASSOCIATION_REQUEST):
        reader.little_endian("Capability Information", 2, _capabilities)
        reader.little_endian("Listen Interval", 2, "beacon intervals")
        if subtype == REASSOCIATION_REQUEST:
            reader.mac("Current AP Address")
    elif subtype in ASSOCIATION_RESPONSES:
        reader.little_endian("Capability Information", 2, _capabilities)
        reader.little_endian("Status Code", 2, STATUSES)
        reader.little_endian("AID", 2, lambda number: f"association {number & 0x3FFF}")
    elif subtype in FAREWELLS:
        reader.little_endian("Reason Code", 2, REASONS, column="wlan_reason")
    elif subtype == AUTHENTICATION:
        algorithm = reader.little_endian("Authentication Algorithm Number", 2, ALGORITHMS)
        reader.little_endian("Authentication Transaction Sequence Number", 2)
        reader.little_endian("Status Code", 2, STATUSES)
        if algorithm == 3:
            return  # what SAE sends is no list of elements
    elif subtype in ACTIONS:
        reader.unsigned("Category", 8, CATEGORIES)
        reader.unsigned("Action", 8)
        return
    elif subtype != PROBE_REQUEST:
        return
    _elements(reader)


def _capabilities(bits: int) -> str:
    return ", ".join(name for place, name in enumerate(CAPABILITIES) if bits >> place & 1)


def _elements(reader: HeaderReader) -> None:
    while reader.remaining:
        identifier = reader.unsigned("Element ID", 8, ELEMENTS)
        length = reader.unsigned("Element Length", 8)
        with reader.restrict_to(length, "Element"):
            _element(reader, identifier)


def _element(reader: HeaderReader, identifier: int) -> None:
    if identifier == SSID:
        hidden = not reader.remaining or not any(
            reader.octets[reader.position : reader.position + reader.remaining]
        )
        reader.utf8("SSID", reader.remaining, "hidden, or any network" if hidden else "name of the network")
    elif identifier in RATES:
        while reader.remaining:
            reader.unsigned("Rate", 8, _rate)
    elif identifier == CHANNEL and reader.remaining:
        reader.unsigned("Current Channel", 8)
    elif identifier == TRAFFIC_INDICATION and reader.remaining >= 3:
        reader.unsigned("DTIM Count", 8)
        reader.unsigned("DTIM Period", 8)
        reader.unsigned("Bitmap Control", 8, hexadecimal=True)
        reader.rest("Partial Virtual Bitmap")
    elif identifier == COUNTRY and reader.remaining >= 3:
        reader.utf8("Country String", 3)
        while reader.remaining >= 3:
            reader.unsigned("First Channel", 8)
            reader.unsigned("Number of Channels", 8)
            reader.signed("Maximum Transmit Power", 8, "dBm")
    elif identifier == SECURITY:
        _security(reader)
    elif identifier == VENDOR and reader.remaining >= 4:
        reader.unsigned("OUI", 24, {0x0050F2: "Microsoft", 0x506F9A: "Wi-Fi Alliance"}, hexadecimal=True)
        reader.unsigned("Vendor Type", 8)
    elif identifier == EXTENSION and reader.remaining:
        reader.unsigned("Element ID Extension", 8)


def _rate(units: int) -> str:
    return f"{(units & 0x7F) / 2:g} Mb/s{', basic' if units & 0x80 else ''}"


def _security(reader: HeaderReader) -> None:
    """Take the RSN element (§9.4.2.24), which may end behind any of its fields."""
    if reader.remaining < 2:
        return
    reader.little_endian("RSN Version", 2)
    if reader.remaining < 4:
        return
    _suite(reader, "Group Data Cipher Suite", CIPHERS)
    for name, names in (("Pairwise Cipher Suite", CIPHERS), ("AKM Suite", KEY_MANAGEMENTS)):
        if reader.remaining < 2:
            return
        count = reader.little_endian(f"{name} Count", 2)
        while count > 0 and reader.remaining >= 4:
            _suite(reader, name, names)
            count -= 1
    if reader.remaining >= 2:
        reader.little_endian("RSN Capabilities", 2)


def _suite(reader: HeaderReader, name: str, names: dict[int, str]) -> None:
    reader.unsigned(f"{name} OUI", 24, {0x000FAC: "IEEE 802.11"}, hexadecimal=True)
    reader.unsigned(name, 8, names)
