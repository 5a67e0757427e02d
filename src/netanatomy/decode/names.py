"""The dictionaries of the columns of names: what their codes stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa

from netanatomy.decode.tables import Dispatch
from netanatomy.decode.walk import Walk
from netanatomy.schema.packets import (
    CHECKSUM_STATUS,
    FRAGMENT_ANOMALIES,
    STOP_LAYERS,
    STOP_REASONS,
    TUNNELS,
)
from netanatomy.schema.text import string_array

TCP_OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/tcp-parameters
        0: "end",
        1: "nop",
        2: "mss",
        3: "window-scale",
        4: "sack-permitted",
        5: "sack",
        8: "timestamps",
        19: "md5",
        28: "user-timeout",
        29: "authentication",
        30: "multipath",
        34: "fast-open",
        69: "encryption",
    }
)

IP_OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ip-parameters
        0: "end",
        1: "nop",
        7: "record-route",
        68: "timestamp",
        130: "security",
        131: "loose-source-route",
        134: "commercial-security",
        136: "stream-identifier",
        137: "strict-source-route",
        148: "router-alert",
    }
)

EXTENSION_HEADERS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ipv6-parameters
        0: "hop-by-hop",
        43: "routing",
        44: "fragment",
        51: "ah",
        60: "destination-options",
        135: "mobility",
        139: "hip",
        140: "shim6",
    }
)


class Names:
    """The dictionaries of the columns of names, made anew only when they have grown."""

    def __init__(self, walk: Walk, dispatch: Dispatch) -> None:
        numbers = [str(number) for number in range(256)]
        self._grown = {
            "protocols": (walk.stacks, dispatch.names, ":"),
            "tcp_options": (walk.tcp_options, _named(numbers, TCP_OPTIONS), ","),
            "ip_options": (walk.ip_options, _named(numbers, IP_OPTIONS), ","),
            "ip_extension_headers": (walk.extensions, _named(numbers, EXTENSION_HEADERS), ","),
        }
        self._made: dict[str, tuple[int, pa.Array]] = {}
        fixed = {
            "stop_layer": STOP_LAYERS,
            "stop_reason": STOP_REASONS,
            "ip_checksum_status": CHECKSUM_STATUS,
            "icmp_checksum_status": CHECKSUM_STATUS,
            "transport_checksum_status": CHECKSUM_STATUS,
            "fragment_anomaly": FRAGMENT_ANOMALIES,
            "tunnel": TUNNELS,
        }
        self._fixed = {name: string_array(names) for name, names in fixed.items()}

    def dictionary(self, column: str) -> pa.Array:
        """The names of a column by their codes."""
        if column in self._fixed:
            return self._fixed[column]
        sequences, symbols, separator = self._grown[column]
        known, made = self._made.get(column, (0, None))
        if known != sequences.known or made is None:
            made = string_array(sequences.names(symbols, separator))
            self._made[column] = (sequences.known, made)
        return made


def _named(numbers: Sequence[str], names: Mapping[int, str]) -> list[str]:
    return [names.get(number, text) for number, text in enumerate(numbers)]
