"""The octet that IPv4 calls Type of Service and IPv6 Traffic Class: six bits of RFC 2474, two of RFC 3168."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODE_POINTS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/dscp-registry
        0: "default (best effort)",
        1: "LE: lower effort (RFC 8622)",
        8: "CS1: class selector 1",
        10: "AF11: assured forwarding class 1, low drop",
        12: "AF12: assured forwarding class 1, medium drop",
        14: "AF13: assured forwarding class 1, high drop",
        16: "CS2: class selector 2",
        18: "AF21: assured forwarding class 2, low drop",
        20: "AF22: assured forwarding class 2, medium drop",
        22: "AF23: assured forwarding class 2, high drop",
        24: "CS3: class selector 3",
        26: "AF31: assured forwarding class 3, low drop",
        28: "AF32: assured forwarding class 3, medium drop",
        30: "AF33: assured forwarding class 3, high drop",
        32: "CS4: class selector 4",
        34: "AF41: assured forwarding class 4, low drop",
        36: "AF42: assured forwarding class 4, medium drop",
        38: "AF43: assured forwarding class 4, high drop",
        40: "CS5: class selector 5",
        44: "VOICE-ADMIT (RFC 5865)",
        46: "EF: expedited forwarding (RFC 3246)",
        48: "CS6: class selector 6, network control",
        56: "CS7: class selector 7",
    }
)

CONGESTION: Mapping[int, str] = MappingProxyType(
    {  # RFC 3168 §5
        0: "not ECN-capable",
        1: "ECN-capable, ECT(1)",
        2: "ECN-capable, ECT(0)",
        3: "congestion experienced",
    }
)
