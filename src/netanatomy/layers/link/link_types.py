"""LINKTYPE_ numbers: what the first octet of a captured frame belongs to.

The numbers are the registry of the Tcpdump Group, https://www.tcpdump.org/linktypes.html. A link
type that netanatomy does not decode is still told by its name, and its frames are counted.
"""

from __future__ import annotations

from netanatomy.schema.frozen import frozen


@frozen
class LinkType:
    """A registered link type: its name without `LINKTYPE_`, and what its frames are."""

    name: str
    description: str


HISTORIC_LINK_TYPES = {
    11: 100,  # ATM_RFC1483
    12: 101,  # RAW; OpenBSD used 12 for LOOP, and 14 for RAW
    13: 109,  # ENC, on OpenBSD
    14: 101,  # RAW
    16: 106,  # ATM_CLIP, with the Linux patches of the time
    18: 106,
    19: 106,
}
"""Numbers of one operating system's `DLT_` that stand in old files where a LINKTYPE_ number
should: read as libpcap on Linux and Wireshark read them."""


def linktype_of(number: int) -> int:
    """The LINKTYPE_ number that a file means by `number`.

    >>> linktype_of(1), linktype_of(12), linktype_of(14)
    (1, 101, 101)
    """
    return HISTORIC_LINK_TYPES.get(number, number)


def link_type_name(number: int) -> str:
    """Its name, or the number as text where none is registered.

    >>> link_type_name(1), link_type_name(249), link_type_name(60000)
    ('ETHERNET', 'USBPCAP', '60000')
    """
    known = LINK_TYPES.get(number)
    return known.name if known else str(number)


def link_type_description(number: int) -> str:
    """What its frames are, in words.

    >>> link_type_description(113)
    'Linux cooked capture'
    >>> link_type_description(60000)
    'unregistered link type 60000'
    """
    known = LINK_TYPES.get(number)
    return known.description if known else f"unregistered link type {number}"


LINK_TYPES: dict[int, LinkType] = {
    number: LinkType(name, description)
    for number, name, description in (
        (0, "NULL", "BSD loopback"),
        (1, "ETHERNET", "Ethernet"),
        (2, "EXP_ETHERNET", "Experimental 3 Mbit/s Ethernet"),
        (3, "AX25", "AX.25 amateur radio"),
        (4, "PRONET", "Proteon ProNET Token Ring"),
        (5, "CHAOS", "MIT Chaosnet"),
        (6, "IEEE802_5", "IEEE 802.5 Token Ring"),
        (7, "ARCNET_BSD", "ARCNET with BSD header"),
        (8, "SLIP", "SLIP"),
        (9, "PPP", "PPP"),
        (10, "FDDI", "FDDI"),
        (32, "REDBACK_SMARTEDGE", "Redback SmartEdge 400/800"),
        (50, "PPP_HDLC", "PPP in HDLC-like framing"),
        (51, "PPP_ETHER", "PPPoE session packets"),
        (99, "SYMANTEC_FIREWALL", "Symantec Enterprise Firewall"),
        (100, "ATM_RFC1483", "LLC-encapsulated ATM"),
        (101, "RAW", "Raw IPv4 or IPv6"),
        (102, "SLIP_BSDOS", "SLIP of BSD/OS"),
        (103, "PPP_BSDOS", "PPP of BSD/OS"),
        (104, "C_HDLC", "Cisco HDLC"),
        (105, "IEEE802_11", "IEEE 802.11 wireless LAN"),
        (106, "ATM_CLIP", "Linux classical IP over ATM"),
        (107, "FRELAY", "Frame Relay"),
        (108, "LOOP", "OpenBSD loopback"),
        (109, "ENC", "OpenBSD encapsulated IPsec"),
        (110, "LANE8023", "ATM LAN emulation of IEEE 802.3"),
        (111, "HIPPI", "HIPPI"),
        (112, "HDLC", "NetBSD HDLC"),
        (113, "LINUX_SLL", "Linux cooked capture"),
        (114, "LTALK", "Apple LocalTalk"),
        (115, "ECONET", "Acorn Econet"),
        (116, "IPFILTER", "OpenBSD ipfilter log"),
        (117, "PFLOG", "OpenBSD pf log"),
        (118, "CISCO_IOS", "Cisco IOS internal"),
        (119, "IEEE802_11_PRISM", "IEEE 802.11 with Prism header"),
        (120, "IEEE802_11_AIRONET", "IEEE 802.11 with Aironet header"),
        (121, "HHDLC", "Siemens HiPath HDLC"),
        (122, "IP_OVER_FC", "IP over Fibre Channel"),
        (123, "SUNATM", "Solaris ATM"),
        (124, "RIO", "RapidIO"),
        (125, "PCI_EXP", "PCI Express"),
        (126, "AURORA", "Xilinx Aurora"),
        (127, "IEEE802_11_RADIOTAP", "IEEE 802.11 with radiotap header"),
        (128, "TZSP", "Tazmen Sniffer Protocol"),
        (129, "ARCNET_LINUX", "ARCNET with Linux header"),
        (130, "JUNIPER_MLPPP", "Juniper multilink PPP"),
        (131, "JUNIPER_MLFR", "Juniper multilink Frame Relay"),
        (132, "JUNIPER_ES", "Juniper encryption services"),
        (133, "JUNIPER_GGSN", "Juniper GGSN"),
        (134, "JUNIPER_MFR", "Juniper FRF.16 Frame Relay"),
        (135, "JUNIPER_ATM2", "Juniper ATM2"),
        (136, "JUNIPER_SERVICES", "Juniper services"),
        (137, "JUNIPER_ATM1", "Juniper ATM1"),
        (138, "APPLE_IP_OVER_IEEE1394", "Apple IP over FireWire"),
        (139, "MTP2_WITH_PHDR", "SS7 MTP2 with pseudo-header"),
        (140, "MTP2", "SS7 MTP2"),
        (141, "MTP3", "SS7 MTP3"),
        (142, "SCCP", "SS7 SCCP"),
        (143, "DOCSIS", "DOCSIS"),
        (144, "LINUX_IRDA", "Linux IrDA"),
        (145, "IBM_SP", "IBM SP switch"),
        (146, "IBM_SN", "IBM Next Federation switch"),
        *((147 + index, f"USER{index}", f"Private use {index}") for index in range(16)),
        (163, "IEEE802_11_AVS", "IEEE 802.11 with AVS header"),
        (164, "JUNIPER_MONITOR", "Juniper passive monitor"),
        (165, "BACNET_MS_TP", "BACnet MS/TP"),
        (166, "PPP_PPPD", "PPP of Linux pppd, with direction"),
        (167, "JUNIPER_PPPOE", "Juniper PPPoE"),
        (168, "JUNIPER_PPPOE_ATM", "Juniper PPPoE over ATM"),
        (169, "GPRS_LLC", "GPRS logical link control"),
        (170, "GPF_T", "GFP, transparent-mapped"),
        (171, "GPF_F", "GFP, frame-mapped"),
        (172, "GCOM_T1E1", "Gcom T1/E1 line monitor"),
        (173, "GCOM_SERIAL", "Gcom serial line monitor"),
        (174, "JUNIPER_PIC_PEER", "Juniper PIC peer"),
        (175, "ERF_ETH", "Endace ERF Ethernet"),
        (176, "ERF_POS", "Endace ERF packet over SONET"),
        (177, "LINUX_LAPD", "Linux vISDN LAPD"),
        (178, "JUNIPER_ETHER", "Juniper Ethernet"),
        (179, "JUNIPER_PPP", "Juniper PPP"),
        (180, "JUNIPER_FRELAY", "Juniper Frame Relay"),
        (181, "JUNIPER_CHDLC", "Juniper C-HDLC"),
        (182, "MFR", "FRF.16.1 multilink Frame Relay"),
        (183, "JUNIPER_VP", "Juniper voice PIC"),
        (184, "A429", "ARINC 429"),
        (185, "A653_ICM", "ARINC 653 interpartition messages"),
        (186, "USB_FREEBSD", "USB of FreeBSD"),
        (187, "BLUETOOTH_HCI_H4", "Bluetooth HCI UART"),
        (188, "IEEE802_16_MAC_CPS", "IEEE 802.16 WiMAX MAC"),
        (189, "USB_LINUX", "USB of Linux"),
        (190, "CAN20B", "CAN 2.0B"),
        (191, "IEEE802_15_4_LINUX", "IEEE 802.15.4 of Linux"),
        (192, "PPI", "Per-Packet Information"),
        (193, "IEEE802_16_MAC_CPS_RADIO", "IEEE 802.16 with radio header"),
        (194, "JUNIPER_ISM", "Juniper integrated services module"),
        (195, "IEEE802_15_4_WITHFCS", "IEEE 802.15.4 with FCS"),
        (196, "SITA", "SITA WAN"),
        (197, "ERF", "Endace ERF"),
        (198, "RAIF1", "Ethernet of u10 Networks' RAIF1"),
        (199, "IPMB_KONTRON", "IPMB of Kontron"),
        (200, "JUNIPER_ST", "Juniper secure tunnel"),
        (201, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART with direction"),
        (202, "AX25_KISS", "AX.25 with KISS header"),
        (203, "LAPD", "ISDN LAPD"),
        (204, "PPP_WITH_DIR", "PPP with direction"),
        (205, "C_HDLC_WITH_DIR", "Cisco HDLC with direction"),
        (206, "FRELAY_WITH_DIR", "Frame Relay with direction"),
        (207, "LAPB_WITH_DIR", "LAPB with direction"),
        (209, "I2C_LINUX", "I²C of Linux, IPMB among it"),
        (210, "FLEXRAY", "FlexRay"),
        (211, "MOST", "MOST automotive bus"),
        (212, "LIN", "LIN automotive bus"),
        (213, "X2E_SERIAL", "X2E serial line"),
        (214, "X2E_XORAYA", "X2E Xoraya data logger"),
        (215, "IEEE802_15_4_NONASK_PHY", "IEEE 802.15.4 with PHY header"),
        (216, "LINUX_EVDEV", "Linux input events"),
        (217, "GSMTAP_UM", "GSM Um interface"),
        (218, "GSMTAP_ABIS", "GSM Abis interface"),
        (219, "MPLS", "MPLS"),
        (220, "USB_LINUX_MMAPPED", "USB of Linux, padded header"),
        (221, "DECT", "DECT"),
        (222, "AOS", "CCSDS advanced orbiting systems"),
        (223, "WIHART", "WirelessHART"),
        (224, "FC_2", "Fibre Channel FC-2"),
        (225, "FC_2_WITH_FRAME_DELIMS", "Fibre Channel FC-2 with delimiters"),
        (226, "IPNET", "Solaris ipnet"),
        (227, "CAN_SOCKETCAN", "CAN of Linux (SocketCAN)"),
        (228, "IPV4", "Raw IPv4"),
        (229, "IPV6", "Raw IPv6"),
        (230, "IEEE802_15_4_NOFCS", "IEEE 802.15.4 without FCS"),
        (231, "DBUS", "D-Bus"),
        (232, "JUNIPER_VS", "Juniper VS"),
        (233, "JUNIPER_SRX_E2E", "Juniper SRX E2E"),
        (234, "JUNIPER_FIBRECHANNEL", "Juniper Fibre Channel"),
        (235, "DVB_CI", "DVB common interface"),
        (236, "MUX27010", "3GPP TS 27.010 multiplexing"),
        (237, "STANAG_5066_D_PDU", "STANAG 5066"),
        (238, "JUNIPER_ATM_CEMIC", "Juniper ATM CEMIC"),
        (239, "NFLOG", "Linux netfilter log"),
        (240, "NETANALYZER", "Hilscher netANALYZER Ethernet"),
        (241, "NETANALYZER_TRANSPARENT", "Hilscher netANALYZER, transparent"),
        (242, "IPOIB", "IP over InfiniBand"),
        (243, "MPEG_2_TS", "MPEG-2 transport stream"),
        (244, "NG40", "ng4T test equipment"),
        (245, "NFC_LLCP", "NFC LLCP"),
        (246, "PFSYNC", "OpenBSD pfsync"),
        (247, "INFINIBAND", "InfiniBand"),
        (248, "SCTP", "SCTP without a lower layer"),
        (249, "USBPCAP", "USB of Windows (USBPcap)"),
        (250, "RTAC_SERIAL", "SEL RTAC serial line"),
        (251, "BLUETOOTH_LE_LL", "Bluetooth LE link layer"),
        (252, "WIRESHARK_UPPER_PDU", "Wireshark exported PDU"),
        (253, "NETLINK", "Linux netlink"),
        (254, "BLUETOOTH_LINUX_MONITOR", "Bluetooth of Linux (BlueZ monitor)"),
        (255, "BLUETOOTH_BREDR_BB", "Bluetooth BR/EDR baseband"),
        (256, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth LE link layer with radio header"),
        (257, "PROFIBUS_DL", "PROFIBUS"),
        (258, "PKTAP", "Apple PKTAP"),
        (259, "EPON", "Ethernet passive optical network"),
        (260, "IPMI_HPM_2", "IPMI trace"),
        (261, "ZWAVE_R1_R2", "Z-Wave, RF profiles R1 and R2"),
        (262, "ZWAVE_R3", "Z-Wave, RF profile R3"),
        (263, "WATTSTOPPER_DLM", "WattStopper lighting management"),
        (264, "ISO_14443", "ISO 14443 contactless card"),
        (265, "RDS", "Radio Data System"),
        (266, "USB_DARWIN", "USB of macOS"),
        (267, "OPENFLOW", "OpenFlow"),
        (268, "SDLC", "IBM SDLC"),
        (269, "TI_LLN_SNIFFER", "TI low-power network sniffer"),
        (270, "LORATAP", "LoRaTap"),
        (271, "VSOCK", "Linux vsock"),
        (272, "NORDIC_BLE", "Nordic Bluetooth LE sniffer"),
        (273, "DOCSIS31_XRA31", "DOCSIS 3.1 of Excentis XRA-31"),
        (274, "ETHERNET_MPACKET", "IEEE 802.3br mPackets"),
        (275, "DISPLAYPORT_AUX", "DisplayPort AUX channel"),
        (276, "LINUX_SLL2", "Linux cooked capture v2"),
        (277, "SERCOS_MONITOR", "Sercos monitor"),
        (278, "OPENVIZSLA", "OpenVizsla USB"),
        (279, "EBHSCR", "Elektrobit high speed capture"),
        (280, "VPP_DISPATCH", "VPP graph dispatch trace"),
        (281, "DSA_TAG_BRCM", "Ethernet with Broadcom switch tag"),
        (282, "DSA_TAG_BRCM_PREPEND", "Broadcom switch tag before Ethernet"),
        (283, "IEEE802_15_4_TAP", "IEEE 802.15.4 with TAP header"),
        (284, "DSA_TAG_DSA", "Ethernet with Marvell DSA tag"),
        (285, "DSA_TAG_EDSA", "Ethernet with Marvell EDSA tag"),
        (286, "ELEE", "Lawful interception (ELEE)"),
        (287, "Z_WAVE_SERIAL", "Z-Wave serial"),
        (288, "USB_2_0", "USB 2.0 of any speed"),
        (289, "ATSC_ALP", "ATSC link-layer protocol"),
        (290, "ETW", "Event Tracing for Windows"),
        (291, "NETANALYZER_NG", "Hilscher netANALYZER NG"),
        (292, "ZBOSS_NCP", "ZBOSS NCP serial"),
        (293, "USB_2_0_LOW_SPEED", "USB 2.0, low speed"),
        (294, "USB_2_0_FULL_SPEED", "USB 2.0, full speed"),
        (295, "USB_2_0_HIGH_SPEED", "USB 2.0, high speed"),
        (296, "AUERSWALD_LOG", "Auerswald logger"),
        (297, "ZWAVE_TAP", "Z-Wave with TAP header"),
        (298, "SILABS_DEBUG_CHANNEL", "Silicon Labs debug channel"),
        (299, "FIRA_UCI", "FiRa ultra-wideband UCI"),
    )
}
"""Every registered link type, by its number."""
