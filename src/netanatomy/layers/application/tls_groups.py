"""Groups of key exchanges by their names: more than a client of today offers (`tls.GROUPS`) is met with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.application.tls import GROUPS

OTHER_GROUPS: Mapping[int, str] = MappingProxyType(
    {  # IANA, TLS Supported Groups
        1: "sect163k1",
        2: "sect163r1",
        3: "sect163r2",
        4: "sect193r1",
        5: "sect193r2",
        6: "sect233k1",
        7: "sect233r1",
        8: "sect239k1",
        9: "sect283k1",
        10: "sect283r1",
        11: "sect409k1",
        12: "sect409r1",
        13: "sect571k1",
        14: "sect571r1",
        15: "secp160k1",
        16: "secp160r1",
        17: "secp160r2",
        18: "secp192k1",
        19: "secp192r1",
        20: "secp224k1",
        22: "secp256k1",
        26: "brainpoolP256r1",
        27: "brainpoolP384r1",
        28: "brainpoolP512r1",
        31: "brainpoolP256r1tls13",
        32: "brainpoolP384r1tls13",
        33: "brainpoolP512r1tls13",
        41: "curveSM2",
        259: "ffdhe6144",
        260: "ffdhe8192",
        512: "MLKEM512",
        513: "MLKEM768",
        514: "MLKEM1024",
        4590: "curveSM2MLKEM768",
        25497: "X25519Kyber768Draft00",
        25498: "SecP256r1Kyber768Draft00",
    }
)


def group_name(number: int) -> str:
    """IANA's name of a group, or its number where it is not known here.

    >>> group_name(29), group_name(0xFF01)
    ('x25519', '0xff01')
    """
    return GROUPS.get(number) or OTHER_GROUPS.get(number) or f"0x{number:04x}"


def withstands_quantum(number: int) -> bool:
    """Whether a group is made to withstand quantum computers.

    >>> withstands_quantum(4588), withstands_quantum(29)
    (True, False)
    """
    name = group_name(number)
    return "MLKEM" in name or "Kyber" in name
