"""Kernels of the link layer: Ethernet, its tags, LLC and SNAP, ARP."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.bridging import eapol, stp
    from netanatomy.decode.cooked import cooked_header
    from netanatomy.decode.headers import *
    from netanatomy.decode.radio import radio_header
    from netanatomy.decode.rings_and_tags import other_header
    from netanatomy.decode.rows import *
    from netanatomy.decode.serial import serial_header
    from netanatomy.decode.walk import Walk
    from netanatomy.decode.wireless import ieee80211


def link_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one header of the link layer; the code of the next."""
    if header == ETHERNET:
        return ethernet(walk, rows)
    if header == VLAN:
        return vlan(walk, rows)
    if header == LLC:
        return llc(walk, rows)
    if header == SNAP:
        return snap(walk, rows)
    if header == ARP:
        return arp(walk, rows)
    if header == RAW_IP:
        return raw_ip(walk, rows)
    if header == STP:
        return stp(walk, rows)
    if header == EAPOL:
        return eapol(walk, rows)
    if header in (MPLS, PPPOE, PPP, CISCO_HDLC, FRAME_RELAY, PPP_DIRECTION, OSI):
        return serial_header(walk, rows, header)
    if header in (LINUX_SLL, LINUX_SLL2, LOOPBACK, NFLOG, PKTAP, IPNET, PFLOG, ENC):
        return cooked_header(walk, rows, header)
    if header in (RADIOTAP, PRISM, AVS, PPI):
        return radio_header(walk, rows, header)
    if header in (IEEE80211, IEEE80211_PADDED):
        return ieee80211(walk, rows, header == IEEE80211_PADDED)
    if header < EAP:
        return other_header(walk, rows, header)
    return DONE


def ethernet(walk: Walk, rows: Rows) -> cython.int:
    """Ethernet II, or IEEE 802.3 with a length."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    ethertype: cython.uint
    if walk.lacks(rows, ON_LINK, 14):
        return DONE
    rows.eth_destination[row] = walk.u48(at)
    rows.eth_source[row] = walk.u48(at + 6)
    walk.present |= HAS_ETHERNET
    ethertype = walk.u16(at + 12)
    walk.position = at + 14
    return ether_payload(walk, rows, ethertype)


def ether_payload(walk: Walk, rows: Rows, ethertype: cython.uint) -> cython.int:
    """What an EtherType, or a length in its place, leads to."""
    place: cython.Py_ssize_t
    if ethertype <= 1500:  # IEEE 802.3 §3.2.6
        place = rows.begin(IN_ETHERNET_LENGTH, walk.row)
        rows.eth_length[place] = ethertype
        walk.end = min(walk.end, walk.position + ethertype)
        return LLC
    if walk.present & HAS_ETHERNET:
        rows.eth_type[walk.row] = ethertype
        walk.present |= HAS_ETHERTYPE
    return walk.ethertypes[ethertype]


def vlan(walk: Walk, rows: Rows) -> cython.int:
    """One IEEE 802.1Q or 802.1ad tag."""
    at: cython.Py_ssize_t = walk.position
    control: cython.uint
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    control = walk.u16(at)
    place = rows.begin(IN_VLAN, walk.row)
    walk.tags += 1
    if walk.tags == 1:
        rows.vlan_tpid[place] = walk.u16(at - 2)
        rows.vlan_id[place] = control & 0x0FFF
        rows.vlan_priority[place] = control >> 13
        rows.vlan_drop_eligible[place] = (control >> 12) & 1
    elif walk.tags == 2:
        inner: cython.Py_ssize_t = rows.begin(IN_VLAN_INNER, walk.row)
        rows.vlan_inner_id[inner] = control & 0x0FFF
        rows.vlan_inner_priority[inner] = control >> 13
    rows.vlan_count[place] = walk.tags
    walk.position = at + 4
    return ether_payload(walk, rows, walk.u16(at + 2))


def llc(walk: Walk, rows: Rows) -> cython.int:
    """IEEE 802.2 logical link control."""
    at: cython.Py_ssize_t = walk.position
    control: cython.uint
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.end - at >= 2 and walk.u16(at) == 0xFFFF:  # Novell's raw frames have no LLC header
        return IPX
    if walk.lacks(rows, ON_LINK, 3):
        return DONE
    control = walk.octets[at + 2]
    # Only unnumbered frames, both low bits set, have a control field of one octet (§5.4).
    length = 3 if control & 3 == 3 else 4
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    if length == 4:
        # The two octets as sent: the first holds the low bits.
        control |= walk.octets[at + 3] << 8
    place = rows.begin(IN_LLC, walk.row)
    rows.llc_dsap[place] = walk.octets[at]
    rows.llc_ssap[place] = walk.octets[at + 1]
    rows.llc_control[place] = control
    walk.position = at + length
    # Only information carries a packet: numbered (low bit clear), or unnumbered (UI, whatever P/F).
    if control & 1 and control & 0xEF != 3:
        return DONE
    if walk.octets[at] == 0xAA:
        return SNAP if walk.octets[at + 1] == 0xAA else DONE
    return walk.llc_saps[walk.octets[at]]


def snap(walk: Walk, rows: Rows) -> cython.int:
    """The subnetwork access protocol: an organisation and its protocol."""
    at: cython.Py_ssize_t = walk.position
    organisation: cython.uint
    protocol: cython.uint
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 5):
        return DONE
    organisation = (walk.u16(at) << 8) | walk.octets[at + 2]
    protocol = walk.u16(at + 3)
    place = rows.begin(IN_SNAP, walk.row)
    rows.snap_oui[place] = organisation
    rows.snap_protocol[place] = protocol
    walk.position = at + 5
    if organisation in (0, 0x0000F8, 0x080007):  # RFC 1042, IEEE 802.1H, AppleTalk
        return walk.ethertypes[protocol]
    if organisation == 0x00000C:
        return cisco(protocol)
    if organisation == 0x0080C2:
        return bridged(walk, protocol)
    return DONE


def cisco(protocol: cython.uint) -> cython.int:
    """Cisco's own protocols."""
    if protocol == 0x2000:
        return CDP
    if protocol == 0x010B:  # spanning tree per VLAN
        return STP
    if protocol == 0x2003:
        return VTP
    if protocol == 0x2004:
        return DTP
    if protocol == 0x0111:
        return UDLD
    return PAGP if protocol == 0x0104 else DONE


def bridged(walk: Walk, protocol: cython.uint) -> cython.int:
    """Frames bridged over another kind of network (RFC 2427 §4.2)."""
    if walk.present & HAS_ETHERNET:
        return DONE
    if protocol == 0x000E:
        return STP
    if protocol == 0x0001:  # with the frame check sequence
        walk.end = max(walk.position, walk.end - 4)
        return ETHERNET
    return ETHERNET if protocol == 0x0007 else DONE


def arp(walk: Walk, rows: Rows) -> cython.int:
    """ARP and RARP; addresses only where they are six octets for IPv4."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 8):
        return DONE
    place = rows.begin(IN_ARP, walk.row)
    rows.arp_hardware_type[place] = walk.u16(at)
    rows.arp_protocol_type[place] = walk.u16(at + 2)
    rows.arp_operation[place] = walk.u16(at + 6)
    if walk.u16(at) == 19:  # ATM, whose header is another (RFC 2225 §8.5)
        if walk.lacks(rows, ON_LINK, 12):
            return DONE
        length = 12 + (walk.octets[at + 4] & 63) + (walk.octets[at + 5] & 63) + walk.octets[at + 8]
        length += (walk.octets[at + 9] & 63) + (walk.octets[at + 10] & 63) + walk.octets[at + 11]
    else:
        length = 8 + 2 * (walk.octets[at + 4] + walk.octets[at + 5])
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position = at + length
    walk.end = walk.position  # what follows is padding
    if walk.u16(at) == 19 or walk.u16(at + 2) != 0x0800 or walk.u16(at + 4) != 0x0604:
        return DONE
    place = rows.begin(IN_ARP_ADDRESSES, walk.row)
    rows.arp_sender_hardware[place] = walk.u48(at + 8)
    rows.arp_sender_protocol[place, 0] = 0
    rows.arp_sender_protocol[place, 1] = walk.mapped(at + 14)
    rows.arp_target_hardware[place] = walk.u48(at + 18)
    rows.arp_target_protocol[place, 0] = 0
    rows.arp_target_protocol[place, 1] = walk.mapped(at + 24)
    return DONE


def raw_ip(walk: Walk, rows: Rows) -> cython.int:
    """No link header at all: the version nibble tells which IP it is."""
    version: cython.int
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    version = walk.octets[walk.position] >> 4
    if version == 4:
        return IPV4
    if version == 6:
        return IPV6
    walk.stop(rows, ON_LINK, STOP_BAD_VERSION, walk.position)
    return DONE
