"""Which connection is meant: by uid, Community ID, frame number, or a pair of sockets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, TypeAlias

from netanatomy.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from netanatomy.pipeline import Capture, Watch
    from netanatomy.schema.flow_options import FlowOptions

CONNECTION_HELP = (
    "a uid, a Community ID, a frame number, or ADDRESS:PORT-ADDRESS:PORT ([ADDRESS]:PORT for IPv6)"
)

Row: TypeAlias = Mapping[str, object]
"""A row of the connection table; times and durations are numbers of nanoseconds."""

MAXIMUM_TOLD = 5  # connections that are named where several match: as many as fit a line

COLUMNS = (
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "history",
    "orig_pkts",
    "resp_pkts",
    "ip_proto",
    "ip_version",
    "vlan",
    "community_id",
    "first_frame",
    "last_frame",
)
"""The columns that a chosen row has."""

_UID = re.compile(r"[A-Za-z0-9]+")
_COMMUNITY_ID = re.compile(r"1:[A-Za-z0-9+/]+=*")
_SOCKETS = re.compile(r"(?P<a>.+):(?P<a_port>[0-9]{1,5})-(?P<b>.+):(?P<b_port>[0-9]{1,5})")


def chosen_connection(capture: Capture, text: str, options: FlowOptions, watch: Watch | None = None) -> Row:
    """The one connection that a text means.

    Raises:
        UsageError: it means none, or several, or cannot be read.
    """
    stream = capture.connections(
        options=options, columns=COLUMNS, filter=_expression(capture, text), watch=watch
    )
    found: list[Row] = []
    number = 0
    for batch in stream:
        number += batch.num_rows
        found.extend(rows_of(batch.slice(0, MAXIMUM_TOLD - len(found))))
    if not number:
        raise UsageError(f"no connection is {text!r} (netanatomy connections lists them)")
    if number > 1:
        uids = ", ".join(str(row["uid"]) for row in found)
        more = ", …" if number > len(found) else ""
        raise UsageError(f"{number} connections are {text!r}: name one by its uid ({uids}{more})")
    return found[0]


def rows_of(batch: pa.RecordBatch) -> list[Row]:
    """The rows of a batch, times as numbers: Python's own hold microseconds."""
    import pyarrow as pa

    columns = {
        name: column.view(pa.int64()) if pa.types.is_temporal(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    found: list[Row] = pa.RecordBatch.from_pydict(columns).to_pylist()
    return found


def _expression(capture: Capture, text: str) -> str:
    """A filter for the connection table. Nothing of `text` gets into it that was not understood."""
    if text.isascii() and text.isdigit():
        return _of_frame(capture, int(text))
    if _COMMUNITY_ID.fullmatch(text):
        return f"community_id = '{text}'"
    if sockets := _SOCKETS.fullmatch(text):
        ends = [(_address(sockets[each]), int(sockets[f"{each}_port"])) for each in ("a", "b")]
        return _between(*ends)
    if _UID.fullmatch(text):
        return f"uid = '{text}'"
    raise UsageError(f"{text!r} is no connection: name {CONNECTION_HELP}")


def _of_frame(capture: Capture, number: int) -> str:
    """The connection of a frame's innermost packet."""
    from netanatomy.layers.internet.addresses import address_text

    columns = (
        "depth",
        "ip_version",
        "ip_protocol",
        "ip_source",
        "ip_destination",
        "source_port",
        "destination_port",
    )
    stream = capture.packets(columns=columns, filter=f"frame_number = {number}")
    rows = [row for batch in stream for row in batch.to_pylist()]
    if not rows:
        raise UsageError(f"there is no frame {number}")
    inside = [row for row in rows if row["ip_source"] is not None and row["ip_protocol"] is not None]
    if not inside:
        raise UsageError(f"frame {number} holds no IP packet, so it belongs to no connection")
    row = max(inside, key=lambda each: each["depth"])
    source, destination = (
        address_text(row[f"ip_{end}"], row["ip_version"]) for end in ("source", "destination")
    )
    ends = _between((source, row["source_port"]), (destination, row["destination_port"]))
    return (
        f"{ends} AND ip_proto = {row['ip_protocol']} AND first_frame <= {number} AND last_frame >= {number}"
    )


def _between(one: tuple[str, int | None], other: tuple[str, int | None]) -> str:
    """Either of two sockets is the originator; without ports, either of two addresses."""
    return f"({_from_to(one, other)} OR {_from_to(other, one)})"


def _from_to(orig: tuple[str, int | None], resp: tuple[str, int | None]) -> str:
    conditions = [f"id.orig_h = '{orig[0]}'", f"id.resp_h = '{resp[0]}'"]
    if orig[1] is not None and resp[1] is not None:
        conditions += [f"id.orig_p = {orig[1]}", f"id.resp_p = {resp[1]}"]
    return f"({' AND '.join(conditions)})"


def _address(text: str) -> str:
    """An address as tables write it."""
    from netanatomy.layers.internet.addresses import IPV4_MAPPED_PREFIX, address_text

    try:
        address: IPv4Address | IPv6Address = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise UsageError(f"{text!r} is no IP address") from error
    octets = address.packed
    return address_text(octets if address.version == 6 else IPV4_MAPPED_PREFIX + octets, address.version)
