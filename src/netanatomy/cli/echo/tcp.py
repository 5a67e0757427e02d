"""`netanatomy echo tcp`: every octet goes back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.serving import addresses, limits, serve, serving_arguments


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    serving_arguments(parser)


def run(options: Namespace) -> int:
    """Serve until interrupted."""
    import asyncio

    from netanatomy.active.echo.tcp import TcpEcho

    async def main() -> None:
        await serve(TcpEcho(addresses(options), options.port, limits(options)), "TCP echo")

    asyncio.run(main())
    return 0


ACTION = Command(
    name="tcp",
    summary="every byte goes back (RFC 862)",
    description="Give back every byte, also those that come behind the end of the sender's own half.",
    arguments=arguments,
    run=run,
    order=10,
)
