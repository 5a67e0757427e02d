"""What commands have in common that serve until they are interrupted."""

from __future__ import annotations

import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import positive
from netanatomy.cli.notices import tell
from netanatomy.cli.numbers import between, up_to

if TYPE_CHECKING:
    from netanatomy.active.echo.limits import Limits
    from netanatomy.active.echo.server import EchoServer

DEFAULT_CONNECTIONS = 1000
RESERVED_DESCRIPTORS = 64
"""File descriptors that a server needs besides those of its connections."""

MAXIMUM_SECONDS = 86_400.0 * 365


def serving_arguments(parser: ArgumentParser, *, datagrams: bool = False) -> None:
    """Add where to listen, and how much to grant."""
    parser.add_argument(
        "--port", type=up_to(65535), default=0, help="where to listen (default: any free port)"
    )
    parser.add_argument(
        "--address",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="listen here instead of on 127.0.0.1 and ::1; may be repeated",
    )
    what = "datagrams answered a second" if datagrams else "connections at once"
    parser.add_argument(
        "--connections",
        type=positive,
        default=DEFAULT_CONNECTIONS,
        metavar="N",
        help=f"{what}, at most (1000)",
    )
    if datagrams:
        return
    parser.add_argument(
        "--bytes",
        type=positive,
        default=10**9,
        metavar="N",
        help="of one connection, at most (1,000,000,000)",
    )
    parser.add_argument(
        "--idle", type=between(MAXIMUM_SECONDS), default=60.0, metavar="S", help="seconds without a byte (60)"
    )
    parser.add_argument(
        "--time", type=between(MAXIMUM_SECONDS), default=3600.0, metavar="S", help="of a connection (3600 s)"
    )


def addresses(options: Namespace) -> Sequence[str]:
    """Where to listen; a warning where others can reach that."""
    from netanatomy.active.echo.server import LOOPBACK

    for text in options.address:
        if not _is_loopback(text):
            tell(f"warning: {text} can be reached by others; whoever does may use this server")
    return options.address or LOOPBACK


def limits(options: Namespace) -> Limits:
    """What to grant."""
    from netanatomy.active.echo.limits import Limits

    if "bytes" not in options:
        return Limits(connections=options.connections)
    return Limits(_that_fit(options.connections), options.bytes, options.idle, options.time)


async def serve(server: EchoServer, what: str, facts: Sequence[str] = ()) -> None:
    """Serve until interrupted, and tell what happened."""
    import asyncio

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            server.abort()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, interrupted)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            break
    await server.start()
    for note in server.notes:
        tell(note)
    for address, port in server.endpoints:
        print(f"{what} on {f'[{address}]' if ':' in address else address}:{port}", flush=True)
    for fact in facts:
        print(fact, flush=True)
    await stop.wait()
    await server.stop()
    counts = server.counts
    requests = f", {counts.requests} requests" if counts.requests else ""
    print(
        f"served {counts.served}{requests}, {counts.octets} bytes given back; "
        f"refused {counts.refused}, cut {counts.cut}, broken {counts.broken}",
        flush=True,
    )


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return True  # no address at all: that is told where it is used


def _that_fit(connections: int) -> int:
    """So many connections at once, or those for which there will be files; a line where they are fewer."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return connections
    wanted = connections + RESERVED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    if granted == wanted:
        return connections
    fit = max(1, granted - RESERVED_DESCRIPTORS)
    tell(f"warning: this system lets a process open {granted} files only: {fit} connections at once")
    return fit
