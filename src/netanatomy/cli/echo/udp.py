"""`netanatomy echo udp`: every datagram goes back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.serving import addresses, limits, serve, serving_arguments


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    serving_arguments(parser, datagrams=True)


def run(options: Namespace) -> int:
    """Serve until interrupted."""
    import asyncio

    from netanatomy.active.echo.udp import UdpEcho

    async def main() -> None:
        await serve(UdpEcho(addresses(options), options.port, limits(options)), "UDP echo")

    asyncio.run(main())
    return 0


ACTION = Command(
    name="udp",
    summary="every datagram goes back (RFC 862)",
    description=(
        "Give back every datagram. Those from ports below 1024 are not answered: two services that answer\n"
        "each other never stop (CVE-2024-2169)."
    ),
    arguments=arguments,
    run=run,
    order=20,
)
