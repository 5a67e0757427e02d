"""`netanatomy follow`: what the two sides of a connection said."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.kept_input import kept_input
from netanatomy.cli.notices import tell, tell_if_uncompiled, warn_of
from netanatomy.cli.output import opened
from netanatomy.cli.pipes import readable_again
from netanatomy.errors import UsageError
from netanatomy.schema.overlap_policies import DEFAULT_OVERLAP_POLICY, OVERLAP_POLICIES

if TYPE_CHECKING:
    from netanatomy.pipeline import Capture
    from netanatomy.report.follow_choice import PacketOfFrame
    from netanatomy.report.follow_view import Chunk, Conversation
    from netanatomy.schema.flow_options import FlowOptions

SIDES = {"orig": True, "resp": False, "both": None}
WHOLE = 1 << 62
"""Depth of the one connection that is followed: it is handed on as it is read, and takes no more room."""

STANDARD_OUTPUT = Path("-")


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("capture", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument(
        "connection",
        metavar="CONNECTION",
        help="its uid, its Community ID, the number of one of its frames, or address:port-address:port",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="as text (so it is without any of these)")
    form.add_argument("--hex", action="store_true", help="as a hex view, segment by segment")
    form.add_argument("--json", action="store_true", help="one JSON object a segment, octets as base64")
    form.add_argument(
        "--raw", type=Path, metavar="FILE", help="write the octets themselves (- for standard output)"
    )
    parser.add_argument("--side", choices=SIDES, default="both", help="what only this side said (both)")
    parser.add_argument("--first", type=positive, metavar="N", help="no more than so many octets")
    parser.add_argument(
        "--policy",
        choices=tuple(OVERLAP_POLICIES),
        default=DEFAULT_OVERLAP_POLICY,
        help=f"which octets count where segments overlap and differ ({DEFAULT_OVERLAP_POLICY})",
    )
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Find the connection, read what was said, and write it."""
    if options.raw == STANDARD_OUTPUT and sys.stdout.isatty():
        raise UsageError("octets of traffic are not for a terminal: name a file with --raw, or pipe it on")
    options.capture = readable_again(options.capture, "a connection cannot be followed")
    with kept_input([options.capture]):
        return _run(options)


def _run(options: Namespace) -> int:
    from netanatomy.pipeline import Capture
    from netanatomy.report.follow_view import chunks_of, first_of, of_side

    follow = replace(flow_options(options), overlap_policy=options.policy, stream_depth=WHOLE)
    capture = Capture(options.capture)
    tell_if_uncompiled()
    conversation = _conversation(capture, options.connection, follow)
    every = chunks_of(capture.streams(uid=conversation.uid, options=follow))
    chunks = first_of(of_side(every, SIDES[options.side]), options.first)
    if options.raw is not None:
        _write_raw(chunks, options.raw)
    elif options.json:
        from netanatomy.report.follow_view import json_line

        for chunk in chunks:
            print(json_line(conversation, chunk))
    else:
        _show(conversation, chunks, as_hex=options.hex)
    warn_of(capture.anomalies)
    return 0


def _conversation(capture: Capture, text: str, follow: FlowOptions) -> Conversation:
    from netanatomy.report.follow_choice import InFrame, of_frame, the_one, wanted
    from netanatomy.report.follow_view import HEADER_COLUMNS, conversations

    want = wanted(text)
    found = [
        each
        for batch in capture.connections(options=follow, columns=HEADER_COLUMNS, filter=want.filter)
        for each in conversations(batch)
    ]
    if isinstance(want, InFrame):
        found = of_frame(want.number, _packets_of(capture, want.number), found)
    return the_one(text, found)


def _packets_of(capture: Capture, number: int) -> list[PacketOfFrame]:
    from netanatomy.layers.internet.addresses import address_text
    from netanatomy.report.follow_choice import PacketOfFrame

    columns = (
        "depth",
        "ip_version",
        "ip_source",
        "source_port",
        "ip_destination",
        "destination_port",
        "ip_protocol",
    )
    rows = [
        row
        for batch in capture.packets(columns=columns, filter=f"frame_number = {number}")
        for row in zip(*(batch[name].to_pylist() for name in columns), strict=True)
    ]
    return [
        PacketOfFrame(
            depth,
            address_text(source, version),
            source_port,
            address_text(destination, version),
            destination_port,
            protocol,
        )
        for depth, version, source, source_port, destination, destination_port, protocol in rows
        if version
    ]


def _write_raw(chunks: Iterator[Chunk], path: Path) -> None:
    missed = 0
    with opened(None if path == STANDARD_OUTPUT else path) as file:
        for chunk in chunks:
            missed += chunk.missed
            file.write(chunk.data)
    if missed:
        tell(f"warning: {missed:,} octets of the conversation are missing in the capture")


def _show(conversation: Conversation, chunks: Iterator[Chunk], *, as_hex: bool) -> None:
    from netanatomy.report.follow_view import hex_lines, text_lines

    lines = (hex_lines if as_hex else text_lines)(conversation, chunks)
    if sys.stdout.isatty():
        from rich.console import Console

        from netanatomy.report.follow_terminal import draw_follow

        draw_follow(conversation, lines, Console())
    else:
        from netanatomy.report.follow_plain import follow_plain

        for line in follow_plain(conversation, lines):
            print(line)


COMMAND = Command(
    name="follow",
    summary="what the two sides of a connection said, as text, hex or raw octets",
    description=(
        "Put the streams of one connection together and print what its sides said, in the order of time.\n"
        "Text from traffic is escaped; octets that the capture misses are told.\n"
        "\n"
        "Name the connection in any of these ways:\n"
        "  netanatomy follow a.pcap CHhAvVGS1DHFjwGM91          its uid (see netanatomy connections)\n"
        "  netanatomy follow a.pcap 1:wCb3OG7yAFWelaUydu0D+125CLM=   its Community ID\n"
        "  netanatomy follow a.pcap 17                          the number of one of its frames\n"
        "  netanatomy follow a.pcap 10.0.0.1:40000-192.0.2.7:80 its ends, in either order\n"
        "\n"
        "Where segments overlap and differ, systems choose differently; --policy chooses as one of them."
    ),
    arguments=arguments,
    run=run,
    order=36,
)
