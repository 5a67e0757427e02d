"""Arguments of every command that follows connections, and the options that they make."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from netanatomy.cli.arguments import positive
from netanatomy.schema.flow_options import SECOND, FlowOptions

TIMEOUTS = {
    "tcp-attempt": "tcp_attempt_timeout",
    "tcp-handshake": "tcp_handshake_timeout",
    "tcp-inactivity": "tcp_inactivity_timeout",
    "tcp-close": "tcp_close_delay",
    "udp": "udp_inactivity_timeout",
    "icmp": "icmp_inactivity_timeout",
    "other": "other_inactivity_timeout",
}
"""What `--timeout` calls the times of `FlowOptions`."""

CHECKSUMS = ("auto", "check", "ignore")
LONGEST_TIMEOUT = 10 * 365 * 86_400  # seconds; more than a capture lasts, and far from what int64 holds in ns


def add_flow_arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    group = parser.add_argument_group("how connections are followed")
    group.add_argument(
        "--local-net",
        action="append",
        type=_network,
        default=[],
        metavar="NET",
        help="a network of this side, for local_orig and local_resp; may be repeated",
    )
    group.add_argument(
        "--checksums",
        choices=CHECKSUMS,
        default="auto",
        help="segments with a wrong checksum: drop but for those left to the sender's hardware (auto), "
        "drop (check), believe (ignore)",
    )
    group.add_argument(
        "--timeout",
        action="append",
        type=_timeout,
        default=[],
        metavar="NAME=SECONDS",
        help=f"how long a connection waits, in packet time; may be repeated ({_defaults()})",
    )
    group.add_argument(
        "--limit",
        type=positive,
        metavar="CONNECTIONS",
        help=f"connections kept at once ({FlowOptions().maximum_connections:,}); more end as 'evicted'",
    )


def flow_options(options: Namespace) -> FlowOptions:
    """What the arguments say."""
    chosen = replace(
        FlowOptions(),
        checksums=options.checksums,
        local_networks=tuple(dict.fromkeys(options.local_net)),
        **dict(options.timeout),
    )
    return chosen if options.limit is None else replace(chosen, maximum_connections=options.limit)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no network such as 10.0.0.0/8 or fd00::/8") from error


def _timeout(text: str) -> tuple[str, int]:
    name, equals, seconds = text.partition("=")
    field = TIMEOUTS.get(name.replace("_", "-"), name)
    if not equals or field not in TIMEOUTS.values():
        raise ArgumentTypeError(f"{text!r} is no NAME=SECONDS with a name of {', '.join(TIMEOUTS)}")
    try:
        number = float(seconds)
    except ValueError as error:
        raise ArgumentTypeError(f"{seconds!r} is no number of seconds") from error
    if not 0 < number <= LONGEST_TIMEOUT:
        raise ArgumentTypeError(f"{seconds!r} seconds are not from 0 to {LONGEST_TIMEOUT:,}")
    return field, max(1, round(number * SECOND))


def _defaults() -> str:
    usual = FlowOptions()
    return ", ".join(f"{name}={getattr(usual, field) // SECOND}" for name, field in TIMEOUTS.items())
