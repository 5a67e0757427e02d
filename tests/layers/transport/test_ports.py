"""Ports: the edges of the three ranges, and the names against another copy of IANA's registry."""

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.layers.transport.ports import (
    DYNAMIC_PORTS,
    MAXIMUM_PORT,
    PORT_RANGES,
    SYSTEM_PORTS,
    USER_PORTS,
    is_registered,
    port_range,
    ports_of,
    service_name,
)

WIRESHARK_SERVICES = Path("/usr/share/wireshark/services")
"""Wireshark's copy of the registry: another one, by other hands, from another year."""

CHANGED_SINCE_WIRESHARK = {
    # The registry gave these ports up (Reserved) or a service a new name after Wireshark 4.0 copied it.
    (2, "compressnet"),
    (3, "compressnet"),
    (831, "netconf-beep"),
    (832, "netconfsoaphttp"),
    (833, "netconfsoapbeep"),
    (1980, "pearldoc-xact"),
    (3283, "Apple-Remote-De"),  # cut off there: the name had spaces in it
    (3679, "Escale-(Newton"),
    (4319, "fox-skytale"),
    (4413, "avi-nms"),
    (4413, "avi-nms-disc"),
    (5543, "qftest-licserve"),
    (44322, "pmcdproxy"),
}


@pytest.mark.parametrize(
    ("port", "name"),
    [
        (0, "system"),
        (1, "system"),
        (1023, "system"),
        (1024, "user"),
        (49_151, "user"),
        (49_152, "dynamic"),
        (65_535, "dynamic"),
    ],
)
def test_edges_of_the_ranges(port: int, name: str) -> None:
    assert port_range(port).name == name


@pytest.mark.parametrize("port", [-1, 65_536, 1 << 40])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match="from 0 to 65535"):
        port_range(port)


def test_the_ranges_cover_every_port_once() -> None:
    covered = [port for one in PORT_RANGES for port in range(one.first, one.last + 1)]
    assert covered == list(range(MAXIMUM_PORT + 1))


@given(st.integers(0, MAXIMUM_PORT))
def test_a_port_lies_in_its_range(port: int) -> None:
    found = port_range(port)
    assert found.first <= port <= found.last


@pytest.mark.parametrize(
    ("port", "protocol", "name", "aliases"),
    [
        (20, "tcp", "ftp-data", ()),
        (22, "tcp", "ssh", ()),
        (25, "tcp", "smtp", ()),
        (53, "udp", "domain", ()),
        (80, "tcp", "http", ("www", "www-http")),
        (80, "sctp", "http", ()),
        (88, "udp", "kerberos", ()),
        (179, "sctp", "bgp", ()),
        (443, "udp", "https", ()),
        (465, "tcp", "submissions", ("urd",)),  # RFC 8314 section 7.3
        (631, "tcp", "ipp", ("ipps",)),
        (853, "tcp", "domain-s", ()),
        (2049, "tcp", "nfs", ("shilp",)),
        (3478, "udp", "stun", ("turn", "stun-behavior")),
        (5353, "udp", "mdns", ()),
        (6379, "tcp", "redis", ()),
        (9, "dccp", "discard", ()),
        (36_412, "sctp", "s1-control", ()),
    ],
)
def test_well_known_services(port: int, protocol: str, name: str, aliases: tuple[str, ...]) -> None:
    service = service_name(port, protocol)
    assert service is not None
    assert (service.name, service.port, service.protocol, service.aliases) == (name, port, protocol, aliases)


def test_one_port_means_different_things_over_tcp_and_udp() -> None:
    over_tcp, over_udp = service_name(514, "tcp"), service_name(514, "udp")
    assert over_tcp is not None
    assert over_udp is not None
    assert (over_tcp.name, over_udp.name) == ("shell", "syslog")


def test_a_range_of_ports_belongs_to_one_service() -> None:
    assert {service.port for service in ports_of("x11", "tcp")} == set(range(6000, 6064))
    assert service_name(6063, "tcp") == ports_of("x11", "tcp")[-1]
    other = service_name(6064, "tcp")
    assert other is None or other.name != "x11"


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        (0, "tcp"),
        (4, "tcp"),
        (24, "tcp"),
        (1023, "udp"),
        (50_000, "tcp"),
        (53, "icmp"),
        (53, ""),
        (70_000, "tcp"),
    ],
)
def test_what_is_not_registered_has_no_name(port: int, protocol: str) -> None:
    assert service_name(port, protocol) is None
    assert not is_registered(port, protocol)


def test_udp_lite_shares_the_ports_of_udp() -> None:
    assert service_name(53, "udplite") == service_name(53, "udp")
    assert ports_of("domain", "udplite") == ports_of("domain", "udp")


def test_names_lead_to_ports() -> None:
    assert [service.port for service in ports_of("ssh", "tcp")] == [22]
    assert {service.protocol for service in ports_of("discard")} == {"tcp", "udp", "sctp", "dccp"}
    assert ports_of("WWW", "tcp") == ports_of("http", "tcp")
    assert [service.port for service in ports_of("udt-os", "tcp")] == [1382, 3900]  # one name, two ports
    assert ports_of("") == ()
    assert ports_of("http", "icmp") == ()


def test_names_and_ports_agree_both_ways() -> None:
    for port in range(MAXIMUM_PORT + 1):
        for protocol in ("tcp", "udp", "sctp", "dccp"):
            service = service_name(port, protocol)
            if service is not None:
                for name in (service.name, *service.aliases):
                    assert service in ports_of(name, protocol), (name, port, protocol)


def test_dynamic_ports_are_never_assigned() -> None:
    # RFC 6335 section 6: these are not assigned by IANA.
    assert not any(is_registered(port, "tcp") for port in range(DYNAMIC_PORTS.first, DYNAMIC_PORTS.last + 1))
    assert any(is_registered(port, "tcp") for port in range(USER_PORTS.first, USER_PORTS.last + 1))
    assert any(is_registered(port, "tcp") for port in range(SYSTEM_PORTS.first, SYSTEM_PORTS.last + 1))


def test_the_table_is_well_formed() -> None:
    packed = files("netanatomy.layers.transport").joinpath("service_names.tsv.gz").read_bytes()
    header, *rows = gzip.decompress(packed).decode().splitlines()
    assert header.startswith("# IANA")
    seen: set[tuple[str, str]] = set()
    for row in rows:
        ports, protocols, names, description = row.split("\t")
        assert re.fullmatch(r"\d+(-\d+)?", ports)
        assert set(protocols.split(" ")) <= {"tcp", "udp", "sctp", "dccp"}
        assert all(names.split(" "))
        assert description == description.strip()
        assert description == "" or description.isprintable()
        for protocol in protocols.split(" "):
            assert (ports, protocol) not in seen
            seen.add((ports, protocol))
    assert len(seen) > 11_000


@pytest.mark.skipif(not WIRESHARK_SERVICES.exists(), reason="Wireshark is not installed")
def test_against_the_copy_that_wireshark_ships() -> None:
    compared, differences = 0, set()
    for line in WIRESHARK_SERVICES.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([^#\s]\S*)\s+(\d+)(?:-(\d+))?/(\S+)", line)
        if match is None:
            continue
        name, first, last, protocols = match.groups()
        for port in range(int(first), int(last or first) + 1):
            for protocol in protocols.split("/"):
                compared += 1
                service = service_name(port, protocol)
                if service is None or name not in (service.name, *service.aliases):
                    differences.add((port, name))
    if compared < 11_000:
        pytest.skip(f"this copy has only {compared} assignments: not the full registry")
    assert len(differences - CHANGED_SINCE_WIRESHARK) <= compared // 1000, (
        differences - CHANGED_SINCE_WIRESHARK
    )
