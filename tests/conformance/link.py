"""Comparisons of the link layer."""

from __future__ import annotations

from ipaddress import ip_address

from tests.conformance.comparisons import (
    Comparison,
    Convert,
    TsharkFrame,
    Value,
    address,
    first,
    hardware,
    integer,
    number_of,
    once,
)

ETHERNET = frozenset({"eth"})
TAG_FIELDS = ("vlan.id", "vlan.priority", "vlan.dei", "vlan.etype", "vlan.len", "eth.type", "eth.len")
TAG_LAYERS = ("vlan", "ieee8021ad")


def _types(frame: TsharkFrame, with_length: bool) -> list[Value]:
    """For each Ethernet header the EtherType behind all tags, or the length in its place."""
    found: list[Value | None] = []
    taken = dict.fromkeys(("eth.type", "eth.len", "vlan.etype", "vlan.len", "ieee8021ad.etype"), 0)
    in_ethernet = False
    for at, layer in enumerate(frame.layers[: frame.outer]):
        following = frame.layers[at + 1] if at + 1 < len(frame.layers) else ""
        typed = following == "ethertype"
        if layer == "eth":
            name = "eth.type" if typed else "eth.len"
            found.append(None)
            in_ethernet = True
        elif layer == "vlan":
            name = "vlan.etype" if typed or len(frame.every("vlan.len")) <= taken["vlan.len"] else "vlan.len"
        else:
            in_ethernet &= layer in ("ethertype", "ieee8021ad")
            continue
        values = frame.every(name)
        number = taken[name]
        taken[name] = number + 1
        if not in_ethernet or number >= len(values):
            continue
        is_length = name.endswith("len")
        if is_length == with_length:
            found[-1] = integer(values[number])
    return [value for value in found if value is not None]


def _tags(frame: TsharkFrame) -> list[list[int]]:
    """For each run of tags, which of the frame's tags it holds."""
    runs: list[list[int]] = []
    number = 0
    running = False
    for layer in frame.layers[: frame.outer]:
        if layer in TAG_LAYERS:
            if not running:
                runs.append([])
            running = True
            runs[-1].append(number)
            number += 1
        elif layer != "ethertype":
            running = False
    return runs


def _tag(column: str, name: str, which: int) -> Comparison:
    names = {"vlan": f"vlan.{name}", "ieee8021ad": f"ieee8021ad.{name}"}

    def source(frame: TsharkFrame) -> list[Value]:
        values = [value for _, value in frame.by_layer(names, 0, frame.outer)]
        return [
            integer(values[run[which]])
            for run in _tags(frame)
            if len(run) > which and run[which] < len(values)
        ]

    return Comparison(column, source, tuple(names.values()), frozenset(TAG_LAYERS), _as_integer)


def _tag_count(frame: TsharkFrame) -> list[Value]:
    complete = len(frame.every("vlan.id")) + len(frame.every("ieee8021ad.id"))
    return [
        len([tag for tag in run if tag < complete])
        for run in _tags(frame)
        if any(tag < complete for tag in run)
    ]


def _tpid(frame: TsharkFrame) -> list[Value]:
    types = [integer(value) for value in frame.every("eth.type")]
    if len(types) != frame.layers[: frame.outer].count("eth"):
        return []
    found: list[Value] = []
    number = -1
    for at, layer in enumerate(frame.layers[: frame.outer]):
        if layer == "eth":
            number += 1
            if any(tag in frame.layers[at + 1 : at + 3] for tag in TAG_LAYERS):
                found.append(types[number])
    return found


def _as_integer(value: Value) -> Value:
    return int(value) if isinstance(value, int) else value


def _arp(column: str, convert: Convert, side: str, name: str, plain: str) -> Comparison:
    """Addresses of six octets for four; of types that tshark does not know it gives plain octets."""
    names = (f"arp.{side}.{name}", f"arp.{side}.{plain}", "arp.hw.size", "arp.proto.size", "arp.proto.type")

    def source(frame: TsharkFrame) -> list[Value]:
        if [frame.every(each) for each in names[2:]] != [["6"], ["4"], ["0x0800"]]:
            return []
        known = frame.every(names[0])
        return (
            [convert(known[0])]
            if known
            else [convert(_plain(value, plain)) for value in frame.every(names[1])]
        )

    return Comparison(column, source, names, frozenset({"arp"}))


def _plain(octets: str, kind: str) -> str:
    """Plain octets, written as the address that they are."""
    return str(ip_address(bytes.fromhex(octets.replace(":", "")))) if kind == "proto" else octets


def _bridge(column: str, which: str) -> Comparison:
    names = (f"stp.{which}.prio", f"stp.{which}.hw")

    def source(frame: TsharkFrame) -> list[Value]:
        priorities, addresses = (frame.every(name) for name in names)
        return [
            integer(priority) << 48 | int.from_bytes(hardware(mac))
            for priority, mac in zip(priorities, addresses, strict=False)
        ]

    return Comparison(column, source, names, frozenset({"stp"}))


SNAP_PROTOCOLS = tuple(
    f"llc.{each}"
    for each in (
        "type",
        "pid",
        "cisco_pid",
        "iana_pid",
        "wlccp_pid",
        "force10_pid",
        "extreme_pid",
        "hpteam_pid",
        "apple_atalk_pid",
        "apple_awdl_pid",
        "nortel_pid",
        "foundry_pid",
        "bluetooth_pid",
        "cimetrics_pid",
    )
)


def _snap_protocol(frame: TsharkFrame) -> list[Value]:
    return [integer(value) for name in SNAP_PROTOCOLS for value in frame.every(name)]


COMPARISONS = (
    once("eth_destination", hardware, eth="eth.dst"),
    once("eth_source", hardware, eth="eth.src"),
    Comparison(
        "eth_type",
        lambda frame: _types(frame, False),
        ("eth.type", "eth.len", "vlan.etype", "vlan.len"),
        ETHERNET,
    ),
    Comparison(
        "eth_length",
        lambda frame: _types(frame, True),
        ("eth.type", "eth.len", "vlan.etype", "vlan.len"),
        ETHERNET,
    ),
    Comparison("vlan_tpid", _tpid, ("eth.type",), frozenset(TAG_LAYERS)),
    _tag("vlan_id", "id", 0),
    _tag("vlan_priority", "priority", 0),
    _tag("vlan_drop_eligible", "dei", 0),
    Comparison("vlan_count", _tag_count, ("vlan.id", "ieee8021ad.id"), frozenset(TAG_LAYERS)),
    _tag("vlan_inner_id", "id", 1),
    _tag("vlan_inner_priority", "priority", 1),
    once("llc_dsap", integer, llc="llc.dsap"),
    once("llc_ssap", integer, llc="llc.ssap"),
    once("llc_control", integer, llc="llc.control"),
    once("snap_oui", integer, llc="llc.oui"),
    Comparison("snap_protocol", _snap_protocol, SNAP_PROTOCOLS, frozenset({"llc"})),
    first("mpls_label", integer, "mpls", "mpls.label"),
    first("mpls_traffic_class", integer, "mpls", "mpls.exp"),
    first("mpls_ttl", integer, "mpls", "mpls.ttl"),
    number_of("mpls_count", "mpls", "mpls.label"),
    once("pppoe_code", integer, pppoes="pppoe.code", pppoed="pppoe.code"),
    once("pppoe_session_id", integer, pppoes="pppoe.session_id", pppoed="pppoe.session_id"),
    once("ppp_protocol", integer, ppp="ppp.protocol"),
    once("sll_packet_type", integer, sll="sll.pkttype"),
    once("sll_hardware_type", integer, sll="sll.hatype"),
    first("sll_protocol", integer, "sll", "sll.etype", "sll.ltype", "sll.gretype"),
    once("sll_source", hardware, sll="sll.src.eth"),
    once("sll_interface_index", integer, sll="sll.ifindex"),
    first("loopback_family", integer, "null", "null.family", "null.type"),
    once("nflog_family", integer, nflog="nflog.family"),
    once("nflog_resource", integer, nflog="nflog.res_id"),
    once("arp_hardware_type", integer, arp="arp.hw.type"),
    once("arp_protocol_type", integer, arp="arp.proto.type"),
    once("arp_operation", integer, arp="arp.opcode"),
    _arp("arp_sender_hardware", hardware, "src", "hw_mac", "hw"),
    _arp("arp_sender_protocol", address, "src", "proto_ipv4", "proto"),
    _arp("arp_target_hardware", hardware, "dst", "hw_mac", "hw"),
    _arp("arp_target_protocol", address, "dst", "proto_ipv4", "proto"),
    once("stp_version", integer, stp="stp.version"),
    once("stp_type", integer, stp="stp.type"),
    once("stp_flags", integer, stp="stp.flags"),
    _bridge("stp_root", "root"),
    once("stp_root_cost", integer, stp="stp.root.cost"),
    _bridge("stp_bridge", "bridge"),
    once("stp_port", integer, stp="stp.port"),
    once("eapol_version", integer, eapol="eapol.version"),
    once("eapol_type", integer, eapol="eapol.type"),
    first("radio_frequency", integer, "wlan_radio", "radiotap.channel.freq", "wlan_radio.frequency"),
    first("radio_signal", integer, "wlan_radio", "radiotap.dbm_antsignal", "wlan_radio.signal_dbm"),
    once("wlan_type", integer, wlan="wlan.fc.type"),
    once("wlan_subtype", integer, wlan="wlan.fc.subtype"),
    once("wlan_flags", integer, wlan="wlan.flags"),
    once("wlan_receiver", hardware, wlan="wlan.ra"),
    once("wlan_transmitter", hardware, wlan="wlan.ta"),
    once("wlan_destination", hardware, wlan="wlan.da"),
    once("wlan_source", hardware, wlan="wlan.sa"),
    once("wlan_sequence", integer, wlan="wlan.seq"),
    once("wlan_fragment", integer, wlan="wlan.frag"),
    once("wlan_bssid", hardware, wlan="wlan.bssid"),
    first("wlan_reason", integer, "wlan", "wlan.fixed.reason_code"),
)
