"""`netanatomy echo tls`: every octet goes back, through TLS."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from netanatomy.cli.command import Command
from netanatomy.cli.serving import addresses, limits, serve, serving_arguments
from netanatomy.errors import NetanatomyError, UsageError


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    serving_arguments(parser)
    parser.add_argument("--cert", type=Path, metavar="FILE", help="the certificate and its chain (PEM)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its key (PEM), if not in the same file")
    parser.add_argument(
        "--save-cert",
        type=Path,
        metavar="FILE",
        help="write the throw-away certificate here, for clients to trust",
    )


def run(options: Namespace) -> int:
    """Serve until interrupted."""
    import asyncio

    from netanatomy.active.echo.tls import TlsEcho, from_files, throw_away

    if options.key and not options.cert:
        raise UsageError("--key goes with --cert")
    if options.save_cert and options.cert:
        raise UsageError("--save-cert is for the throw-away certificate: --cert does not go with it")
    where = addresses(options)
    identity = from_files(options.cert, options.key) if options.cert else throw_away(("localhost", *where))
    if options.save_cert:
        try:
            options.save_cert.write_text(identity.certificate, encoding="ascii")
        except OSError as error:
            raise NetanatomyError(f"{options.save_cert}: {error.strerror or error}") from error
    facts = [f"certificate SHA-256 {identity.fingerprint}"]

    async def main() -> None:
        await serve(TlsEcho(where, options.port, limits(options), identity=identity), "TLS echo", facts)

    asyncio.run(main())
    return 0


ACTION = Command(
    name="tls",
    summary="every byte goes back, through TLS",
    description=(
        "Give back every byte, through TLS 1.2 or 1.3. Without --cert, a self-signed certificate is made,\n"
        "for localhost and the addresses, and forgotten at the end."
    ),
    arguments=arguments,
    run=run,
    order=40,
)
