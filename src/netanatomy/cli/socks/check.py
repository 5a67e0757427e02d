"""`netanatomy socks check`: what a SOCKS proxy lets one do."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

import netanatomy
from netanatomy.cli.command import Command
from netanatomy.cli.network_notice import tell_if_no_network
from netanatomy.cli.probing import tls_arguments
from netanatomy.cli.questions import Printer
from netanatomy.cli.socks.environment import PASSWORD_VARIABLE, USER_VARIABLE, user_and_password
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.layers.application.socks_fields import Destination

MAXIMUM_SECONDS = 600.0


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "proxy",
        metavar="PROXY",
        help="[SCHEME://][USER@]HOST[:PORT]; of the scheme only +tls matters, as in socks5h+tls://",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="what it is asked to reach, by TCP and by a datagram: an inner address, IPv6, a name, a DNS "
        "server; several are allowed (default: an echo on loopback, if the proxy is there too)",
    )
    tls_arguments(parser)
    parser.add_argument(
        "--timeout", type=_seconds, default=5.0, metavar="S", help="seconds for each question (5)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Ask and tell."""
    from netanatomy.active.socks.check import check_proxy
    from netanatomy.active.socks.proxy import parse_proxy
    from netanatomy.report.socks_check_view import check_document, check_json

    proxy = parse_proxy(options.proxy)
    if proxy.password:
        raise UsageError(
            f"a password on the command line is seen by every user of this machine: set {PASSWORD_VARIABLE}"
        )
    user, password = user_and_password() or ("", "")
    if password:
        proxy = proxy.with_password(password, user)
    if (options.ca or options.name) and not proxy.tls:
        raise UsageError("--ca and --name are for a proxy inside TLS: name it by socks5h+tls://")
    found = check_proxy(
        proxy,
        target=tuple(_target(text) for text in options.target),
        timeout=options.timeout,
        ca=options.ca,
        server_name=options.name,
    )
    if options.json:
        print(check_json(found, netanatomy.__version__))
    else:
        Printer().print(check_document(found))
    tell_if_no_network(found.exit_code)
    return found.exit_code


def _target(text: str) -> Destination:
    from netanatomy.active.socks.negotiation import destination

    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("["), host.endswith("]")
    if (
        not colon
        or any(bracketed) != all(bracketed)
        or not port.isascii()
        or not port.isdigit()
        or not 0 < int(port[:6]) <= 65535
    ):
        raise UsageError(f"--target {text}: HOST:PORT is needed")
    return destination(host.removeprefix("[").removesuffix("]"), int(port))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= MAXIMUM_SECONDS:
        raise ArgumentTypeError(f"{text!r} is no number of seconds (above 0, up to {MAXIMUM_SECONDS:g})")
    return seconds


ACTION = Command(
    name="check",
    summary="what a SOCKS proxy lets one do",
    description=(
        "Ask a proxy, each question on a connection of its own: which versions and methods it accepts,\n"
        "whether it is open, which commands and address types it takes, who resolves names, whether it\n"
        "reaches inner addresses, IPv6 and UDP; and say what each answer means.\n"
        "If the proxy is on this machine, it is asked to reach echo listeners on loopback, which last as\n"
        "long as the check. If it is elsewhere, it is asked to reach what --target names, each target for\n"
        "what it is (a name is resolved here as well, to see whether it leads inside; a datagram with a DNS\n"
        "question shows whether UDP comes back), or nothing that exists: SOCKS4, which has no greeting, is\n"
        'asked for 0.0.0.0:0 and for a name that cannot be. Of the refusals only "not allowed" is taken for\n'
        'a denial, and "connection refused" for having been there; everything else proves nothing.\n'
        f"A password comes from the environment ({PASSWORD_VARIABLE}; {USER_VARIABLE}).\n"
        "\n"
        "exit codes:\n"
        "  0   nothing to worry about was found\n"
        "  20  it is open from afar, grants SOCKS4 beside a password, or reaches inner addresses\n"
        "  21  it cannot be reached\n"
        "  22  whatever is there does not speak SOCKS\n"
        "  23  it refuses user and password; nothing more is asked then\n"
        "  2   the request makes no sense"
    ),
    arguments=arguments,
    run=run,
    order=20,
)
