"""`netanatomy plot`: one connection as a picture of its sequence numbers and its throughput."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP
from netanatomy.cli.command import Command
from netanatomy.cli.connection_choice import CONNECTION_HELP, Row, chosen_connection
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.kept_input import kept_input
from netanatomy.cli.notices import tell, tell_if_uncompiled, warn_of
from netanatomy.cli.output import format_of, opened
from netanatomy.cli.pipes import readable_again
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.pipeline import Capture, Watch
    from netanatomy.report.time_sequence import Endpoints, TimeSequence
    from netanatomy.report.time_sequence_picture import Caption

ENDINGS = {".svg": "svg", ".png": "png"}
PROTOCOLS_WITH_PORTS = frozenset({"tcp", "udp"})


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("capture", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument("connection", metavar="CONNECTION", help=CONNECTION_HELP)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the picture: .svg or .png")
    parser.add_argument("--json", action="store_true", help="the points of the picture as one JSON document")
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Find the connection, read its packets, and draw."""
    if options.output is None and not options.json:
        raise UsageError("name a file with -o (.svg or .png), or ask for --json")
    kind = format_of(options.output, ENDINGS) if options.output is not None else ""
    options.capture = readable_again(options.capture, "a connection cannot be drawn")
    with kept_input([options.capture]):
        return _run(options, kind)


def _run(options: Namespace, kind: str) -> int:
    from netanatomy.pipeline import Capture
    from netanatomy.report.time_sequence_picture import picture

    capture = Capture(options.capture)
    tell_if_uncompiled()
    with progress_bar() if options.output else nullcontext() as watch:
        row = chosen_connection(capture, options.connection, flow_options(options), watch)
        found = _read(capture, row, watch)
    if found.left_out:
        tell(f"warning: the picture lacks the last {found.left_out:,} packets of the connection")
    if kind == "svg":
        octets = picture(found, caption(row)).encode()
    elif kind == "png":
        from netanatomy.report.raster import png

        octets = png(picture(found, caption(row), both_themes=False))
    if kind:
        with opened(options.output) as file:
            file.write(octets)
    if options.json:
        from netanatomy.report.json import json_text
        from netanatomy.report.time_sequence_json import time_sequence_json

        print(json_text(time_sequence_json(found, caption(row), row)))
    warn_of(capture.anomalies)
    return 0


def _read(capture: Capture, row: Row, watch: Watch | None) -> TimeSequence:
    import pyarrow as pa

    from netanatomy.report.time_sequence import PACKET_COLUMNS, packets_of, time_sequence
    from netanatomy.schema.packets import packet_schema

    ends = _endpoints(row)
    condition = (
        f"frame_number BETWEEN {ends.first_frame} AND {ends.last_frame} AND ip_protocol = {ends.ip_protocol}"
    )
    stream = capture.packets(columns=PACKET_COLUMNS, filter=condition, watch=watch)
    schema = pa.schema([packet_schema().field(name) for name in PACKET_COLUMNS])
    schema = schema.append(pa.field("is_orig", pa.bool_()))
    batches = [packets_of(batch, ends) for batch in stream if batch.num_rows]
    return time_sequence(pa.Table.from_batches(batches, schema), ends.ip_protocol)


def _endpoints(row: Row) -> Endpoints:
    from netanatomy.report.time_sequence import Endpoints

    ports = row["proto"] in PROTOCOLS_WITH_PORTS
    return Endpoints(
        ip_protocol=_number(row, "ip_proto"),
        originator=_octets(row, "id.orig_h"),
        originator_port=_number(row, "id.orig_p") if ports else None,
        responder=_octets(row, "id.resp_h"),
        responder_port=_number(row, "id.resp_p") if ports else None,
        first_frame=_number(row, "first_frame"),
        last_frame=_number(row, "last_frame"),
        vlan=_number(row, "vlan") if row["vlan"] is not None else None,
    )


def caption(row: Row) -> Caption:
    """What is written on the picture of a connection."""
    from netanatomy.layers.internet.addresses import address_text
    from netanatomy.report.time_sequence_picture import Caption
    from netanatomy.report.units import count, duration, time, volume

    version, ports = _number(row, "ip_version"), row["proto"] in PROTOCOLS_WITH_PORTS
    ends = []
    for side in ("orig", "resp"):
        address = address_text(_octets(row, f"id.{side}_h"), version)
        shown = f"[{address}]" if version == 6 else address
        ends.append(f"{shown}:{_number(row, f'id.{side}_p')}" if ports else address)
    length = f", {duration(_number(row, 'duration'))}" if row["duration"] is not None else ""
    amounts = [
        volume(_number(row, f"{side}_bytes")) if row[f"{side}_bytes"] is not None else "?"
        for side in ("orig", "resp")
    ]
    packets = _number(row, "orig_pkts"), _number(row, "resp_pkts")
    how = " ".join(filter(None, (str(row[name] or "") for name in ("proto", "conn_state", "history"))))
    return Caption(
        heading=f"{ends[0]} → {ends[1]}  {how}",
        notes=(
            f"{time(_number(row, 'ts'))}{length}; there {amounts[0]} in {count(packets[0])} packets, "
            f"back {amounts[1]} in {count(packets[1])}",
            f"uid {row['uid']}, Community ID {row['community_id'] or '-'}, "
            f"frames {row['first_frame']} to {row['last_frame']}",
        ),
        originator=ends[0],
        responder=ends[1],
    )


def _number(row: Row, name: str) -> int:
    value = row[name]
    if value is None:
        return 0
    if not isinstance(value, int):
        raise TypeError(f"{name} is no number")
    return value


def _octets(row: Row, name: str) -> bytes:
    value = row[name]
    if not isinstance(value, bytes):
        raise TypeError(f"{name} is no address")
    return value


COMMAND = Command(
    name="plot",
    summary="one connection as a picture: sequence numbers and throughput over time",
    description=(
        "Draw a connection as SVG (or PNG, with the extra 'plot'). For TCP each direction is a panel:\n"
        "segments are bars from their first to their last octet, a line shows what the other side has\n"
        "acknowledged, a dashed one how far its window reaches; retransmissions, segments out of order,\n"
        "duplicate acknowledgments, SACK, closed windows, SYN, FIN and RST are marked. Below them is\n"
        "the throughput of both sides: all octets of IP packets, and payload that is new. Other\n"
        "protocols have the throughput only.\n"
        "\n"
        "A retransmission is what this capture holds twice; whether the receiver got the first one,\n"
        "nobody can see from outside."
    ),
    arguments=arguments,
    run=run,
    order=36,
)
