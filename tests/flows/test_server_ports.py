"""Which ports are taken for a server's."""

from __future__ import annotations

import numpy as np
import pytest

from netanatomy.flows.server_ports import PROTOCOLS, WELL_KNOWN, chosen_servers, known_servers

TCP, UDP = PROTOCOLS.index("tcp"), PROTOCOLS.index("udp")


@pytest.mark.parametrize(
    "port", [21, 22, 25, 53, 80, 110, 143, 179, 389, 443, 445, 636, 853, 993, 3389, 5432, 8080]
)
def test_servers_of_tcp(port: int) -> None:
    assert known_servers()[TCP, port]


@pytest.mark.parametrize("port", [53, 67, 69, 123, 137, 161, 443, 500, 514, 1812, 1900, 4500, 4789, 5353])
def test_servers_of_udp(port: int) -> None:
    assert known_servers()[UDP, port]


@pytest.mark.parametrize("port", [0, 1025, 4444, 32_768, 40_000, 49_152, 60_000, 65_535])
def test_ports_of_clients(port: int) -> None:
    assert not known_servers()[TCP, port]
    assert not known_servers()[UDP, port]


def test_what_is_registered_for_one_protocol_is_not_for_the_other() -> None:
    """RFC 6335: a name is registered for a protocol; PostgreSQL and 3389 are here TCP's alone."""
    assert (known_servers()[TCP, 5432], known_servers()[UDP, 5432]) == (1, 0)
    assert (known_servers()[TCP, 1900], known_servers()[UDP, 1900]) == (0, 1)


def test_the_table_is_whole_and_nobody_changes_it() -> None:
    table = known_servers()
    assert table.shape == (2, 65_536)
    assert table.dtype == np.dtype(np.uint8)
    assert table is known_servers()
    with pytest.raises(ValueError, match="read-only"):
        table[0, 80] = 0
    # a table of everything would tell nothing
    assert 300 < int(table[TCP].sum()) < 1024 + len(WELL_KNOWN["tcp"])


def test_well_known_ports_are_told_once_and_beyond_the_system_s() -> None:
    for ports in WELL_KNOWN.values():
        assert len(set(ports)) == len(ports)
        assert min(ports) > 1023


def test_chosen_ports_are_the_only_ones() -> None:
    table = chosen_servers(frozenset({(6, 8), (17, 65_535), (132, 80)}))
    assert np.argwhere(table).tolist() == [[TCP, 8], [UDP, 65_535]]
    assert not chosen_servers(frozenset()).any()
