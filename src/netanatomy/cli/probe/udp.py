"""`netanatomy probe udp`: does anybody answer a datagram?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.octets import octets_arguments, octets_of
from netanatomy.cli.probing import EXIT_CODES, probe_arguments, probe_options, run_probe


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    probe_arguments(parser, "host:port, [address]:port")
    octets_arguments(parser)


def run(options: Namespace) -> int:
    """Probe."""
    from netanatomy.active.probe.udp import aprobe_udp

    how, octets = probe_options(options), octets_of(options)
    return run_probe(options, lambda: aprobe_udp(options.target, octets, how))


ACTION = Command(
    name="udp",
    summary="does anybody answer a datagram?",
    description=(
        "Send a datagram, up to three times, and wait for an answer. Without --send or --hex it is a\n"
        "harmless question of the port's own protocol (DNS, NTP, STUN, SIP), or empty. Silence (14) says\n"
        "little: the port is filtered, or open to something that does not answer; a refusal (13) is sure.\n"
        "--via takes SOCKS5 proxies that relay datagrams.\n\n" + EXIT_CODES
    ),
    arguments=arguments,
    run=run,
    order=20,
)
