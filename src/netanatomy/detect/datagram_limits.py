"""From how many on unanswered datagrams are a flood: the thresholds of `udp-flood`."""

from __future__ import annotations

from netanatomy.detect.detector import threshold
from netanatomy.schema.frozen import frozen


@frozen
class Config:
    """Thresholds."""

    rate: int = threshold(50, "datagrams/s", "unanswered datagrams a second to one host", "the laboratory")
    stream_rate: int = threshold(
        1_000,
        "datagrams/s",
        "the same where few pairs of ports send them all",
        "statsd and syslog send hundreds a second to collectors that are down",
    )
    repeated_rate: int = threshold(
        150,
        "datagrams/s",
        "the same where all of a source say the same",
        "three streams of voice are 150; controllers repeat their state 10 to 100 times a second",
    )
    unheard_rate: int = threshold(
        250,
        "datagrams/s",
        "the same where the host is not seen to answer anybody",
        "the ordinary captures at hand have none at any rate; five streams of voice",
    )
    stuffed: int = threshold(
        256,
        "octets",
        "of IP packets to ever new ports, from which on they fill the line at repeated_rate",
        "probes of scanners are shorter",
    )
    filled: int = threshold(
        60,
        "octets",
        "of IP packets to ever new ports, from which on there is something in them",
        "an empty datagram has 28, and 48 in IPv6: scans send most ports that",
    )
    filled_rate: int = threshold(
        500,
        "datagrams/s",
        "of those to ever new ports of one host, whether it answers others or not",
        "ten times the rate; what is slower may be a scan that was told to send something",
    )
    refusals: int = threshold(
        5,
        "packets",
        "ICMP refusals that show that a host is there and wants none of it",
        "hosts send at least one a second (Linux icmp_ratelimit)",
    )
    high_rate: int = threshold(
        1_000, "datagrams/s", "from which a flood is of high severity", "Linux sends 1,000 ICMP a second"
    )
    hosts: int = threshold(
        8,
        "hosts",
        "hosts of a network (/24, /64) that get datagrams, to be flooded together",
        "the laboratory",
    )
    network_rate: int = threshold(
        300, "datagrams/s", "datagrams a second to all of them together", "six calls end at one moment"
    )
    portion: int = threshold(
        10, "datagrams/s", "datagrams a second of one host, to be one of them", "monitoring sends a few"
    )
    burst: int = threshold(
        500, "datagrams/s", "the same in one second alone", "ten times the rate: no system's retries"
    )
    seconds: int = threshold(2, "s", "seconds at that rate", "a burst of retries lasts one")
    answered_share: float = threshold(
        0.2, "", "share of answered conversations at the port above which it is load", "as of SYN floods"
    )
    datagrams_of_a_source: float = threshold(
        4.0, "datagrams", "datagrams of a source up to which many sources are taken for forged", "SYN floods"
    )
    again: float = threshold(
        3.5,
        "datagrams",
        "datagrams of a conversation from which addresses that say the same do so again and again",
        "who was answered asks once or twice more; it is estimated from a sample",
    )
    ways: int = threshold(
        2,
        "times to live",
        "different ones up to which addresses that say the same came equally far",
        "packets may be captured before and behind a router",
    )
    few_ports: int = threshold(
        16, "ports", "of a host, beyond which a datagram or few to each may be a scan", "a service has a few"
    )
    few_sources: int = threshold(
        16,
        "sources",
        "more than these with few datagrams each, or with the same words, are taken for forged",
        "as of SYN floods",
        ("syn-flood", "few_sources"),
    )
    long_share: float = threshold(
        0.9, "", "share of datagrams that are long, where all are meant to be", "some may be a name server's"
    )
    samples: int = threshold(
        8,
        "datagrams",
        "of a source that must say the same, of those that were looked into",
        "one frame in 13 is: a hundred were sent by then",
    )
    same_share: float = threshold(
        0.7, "", "share of datagrams to one host that must say the same", "it is estimated from a sample"
    )
    said: int = threshold(
        32,
        "octets",
        "of a payload from which on saying the same is odd",
        "counters and keep-alives are shorter, and say the same each time",
    )
