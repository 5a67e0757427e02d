"""`netanatomy echo http`: every request comes back as JSON."""

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

    from netanatomy.active.echo.http import HttpEcho

    async def main() -> None:
        await serve(HttpEcho(addresses(options), options.port, limits(options)), "HTTP echo")

    asyncio.run(main())
    return 0


ACTION = Command(
    name="http",
    summary="every request comes back as JSON",
    description=(
        "Answer every HTTP/1.1 request with what it was: method, target, headers in their order, body, and\n"
        "from where it came; as JSON. A request that could be read in two ways is refused (400).\n"
        "--bytes is of one request's body here."
    ),
    arguments=arguments,
    run=run,
    order=30,
)
