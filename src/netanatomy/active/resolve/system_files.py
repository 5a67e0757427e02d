"""What this machine's files say about names: resolv.conf, nsswitch.conf, hosts.

A file that is missing or broken says nothing: the system's own resolver does as well without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from netanatomy.schema.frozen import frozen

RESOLV_CONF = Path("/etc/resolv.conf")
NSSWITCH_CONF = Path("/etc/nsswitch.conf")
HOSTS = Path("/etc/hosts")

MAXIMUM_NAMESERVERS = 3  # MAXNS, resolv.conf(5)
MAXIMUM_NDOTS = 15  # RES_MAXNDOTS, resolv.conf(5)
MAXIMUM_FILE = 16 << 20
"""Octets of a file that are read: blocklists in the form of a hosts file grow to a few megabytes."""

DEFAULT_SERVICES = ("files", "dns")
"""What glibc does without a line for hosts, nsswitch.conf(5)."""


@frozen
class ResolverConfiguration:
    """What resolv.conf(5) says; addresses of name servers, search list, `ndots`."""

    nameservers: tuple[str, ...]
    search: tuple[str, ...]
    ndots: int


def resolver_configuration(path: Path = RESOLV_CONF) -> ResolverConfiguration:
    """The name servers and the search list of this machine."""
    nameservers: list[str] = []
    search: tuple[str, ...] = ()
    ndots = 1
    for words in _lines(path):
        match words:
            case ["nameserver", address, *_] if _is_address(address):
                nameservers.append(address)
            case ["search" | "domain", *domains]:
                search = tuple(domains)  # the last line counts
            case ["options", *options]:
                for option in options:
                    if found := re.fullmatch(r"ndots:(\d{1,4})", option):
                        ndots = min(int(found[1]), MAXIMUM_NDOTS)
    return ResolverConfiguration(tuple(nameservers[:MAXIMUM_NAMESERVERS]), search, ndots)


def host_services(path: Path = NSSWITCH_CONF) -> tuple[str, ...]:
    """Who is asked for host names, in their order (nsswitch.conf(5)), without the actions in brackets."""
    for words in _lines(path):
        line = " ".join(words)
        if line.startswith("hosts:"):
            return tuple(re.sub(r"\[[^\]]*\]", " ", line.removeprefix("hosts:")).split())
    return DEFAULT_SERVICES


def hosts_entries(name: str, path: Path = HOSTS) -> tuple[tuple[int, str], ...]:
    """The lines of the hosts file with this name: their number and the address in them."""
    wanted = name.rstrip(".").lower()
    found = []
    for number, words in _numbered(path):
        if len(words) > 1 and wanted in (word.lower() for word in words[1:]) and _is_address(words[0]):
            found.append((number, words[0]))
    return tuple(found)


def hosts_names(address: str, path: Path = HOSTS) -> tuple[tuple[int, str], ...]:
    """The lines of the hosts file for this address: their number and the first name in them."""
    wanted = ip_address(address.partition("%")[0])
    return tuple(
        (number, words[1])
        for number, words in _numbered(path)
        if len(words) > 1 and _is_address(words[0]) and ip_address(words[0].partition("%")[0]) == wanted
    )


def _lines(path: Path) -> Iterator[list[str]]:
    for _, words in _numbered(path):
        yield words


def _numbered(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open("rb") as file:
            text = file.read(MAXIMUM_FILE).decode("utf-8", "replace")
    except OSError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        words = re.split(r"[#;]", line, maxsplit=1)[0].split()
        if words:
            yield number, words


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
