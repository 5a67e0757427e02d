"""Others' clients as judges: kdig over every encrypted way, dig for flags and extended errors, and delv.

`delv` validates what Knot has signed: a second signer, with other algorithms than the laboratory's own.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from netanatomy.active.resolve import Answer, Options, Outcome, Security, resolve
from netanatomy.active.resolve.anchors import Anchors, parse_anchors
from tests.active.resolve.conftest import Lab
from tests.active.resolve.nameservers import SERVER_NAME, Certificates, free_port, program, running
from tests.active.resolve.quic_server import quic_server
from tests.active.resolve.test_transports import QUESTIONS
from tests.active.resolve.zones import CONTENT, HEAD


def printed(*command: str) -> str:
    found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return found.stdout + found.stderr


# kdig.


@dataclass(frozen=True)
class Way:
    """How to reach a server, for kdig and for us."""

    port: int
    option: str
    server: str


@pytest.fixture(scope="module")
def quic(lab: Lab, certificates: Certificates) -> Iterator[int]:
    with quic_server(lab.port, certificates) as (port, _):
        yield port


@pytest.fixture(params=["tls", "https", "https-get", "quic", "tls of unbound", "https of unbound"])
def way(request: pytest.FixtureRequest, lab: Lab, unbound: Lab, quic: int) -> Way:
    name, _, other = str(request.param).partition(" of ")
    served = unbound if other else lab
    port = {"tls": served.tls, "quic": quic}.get(name, served.https)
    path = "/dns-query{?dns}" if name == "https-get" else ""
    scheme = "https" if name == "https-get" else name
    return Way(port, f"+{name}", f"{scheme}://127.0.0.1:{port}{path}#{SERVER_NAME}")


@pytest.mark.parametrize(("name", "kind"), QUESTIONS)
def test_kdig_says_the_same(way: Way, certificates: Certificates, name: str, kind: str) -> None:
    kdig = program("kdig", "knot-dnsutils")
    command = [kdig, "@127.0.0.1", "-p", str(way.port), "+timeout=5", "+retry=0"]
    command += [f"+tls-ca={certificates.authority}", f"+tls-hostname={SERVER_NAME}", way.option]
    theirs = printed(*command, "+noall", "+answer", "+header", name, kind)
    options = Options(ca=str(certificates.authority))
    (answer,) = resolve(name, (kind,), way.server, options=options)
    assert answer.rcode == found(r"opcode: QUERY; status: (\w+)", theirs)
    # Values of parameters may be in quotes (RFC 9460 section 2.1): Knot has none, BIND and we have.
    ours = [
        (owner, kind, data.replace('"', "") if kind == "HTTPS" else data)
        for owner, kind, data in lines(answer)
    ]
    assert sorted(ours) == sorted(records(theirs))


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def records(text: str) -> list[tuple[str, str, str]]:
    """Owner, type and data of the records that dig and its kin print; their times change in a cache."""
    rows = [line.split(maxsplit=4) for line in text.splitlines() if line and not line.startswith(";")]
    return [(row[0], row[3], row[4]) for row in rows]


def lines(answer: Answer) -> list[tuple[str, str, str]]:
    return [(record.name, record.type, record.data) for record in answer.records]


# dig.


@pytest.mark.parametrize("recursion", [True, False])
@pytest.mark.parametrize(("name", "kind"), [*QUESTIONS, ("www.elsewhere.test", "A"), ("secure.test", "NS")])
@pytest.mark.parametrize("who", ["BIND", "Unbound"])
def test_dig_has_the_same_flags_and_times(
    lab: Lab, unbound: Lab, who: str, name: str, kind: str, recursion: bool
) -> None:
    dig = program("dig", "bind9-dnsutils")
    port = lab.port if who == "BIND" else unbound.port
    more = ["+nocookie", "+recurse" if recursion else "+norecurse"]
    theirs = printed(
        dig, "-r", "@127.0.0.1", "-p", str(port), *more, "+noall", "+answer", "+comments", name, kind
    )
    (answer,) = resolve(name, (kind,), f"127.0.0.1:{port}", options=Options(recursion=recursion))
    assert answer.rcode == found(r"status: (\w+)", theirs)
    assert " ".join(answer.flags) == found(r"flags: ([a-z ]+);", theirs)
    assert sorted(lines(answer)) == sorted(records(theirs))
    if who == "BIND":
        rows = [line.split() for line in theirs.splitlines() if line and not line.startswith(";")]
        assert sorted(record.ttl or 0 for record in answer.records) == sorted(int(row[1]) for row in rows)


@pytest.mark.parametrize(
    "name",
    [
        "www.broken.test",
        "www.expired.test",
        "www.stranger.test",
        "www.stripped.test",
        "www.unsigned.test",
        "nothing.unproven.test",
        "www.secure.test",
        "www.plain.test",
    ],
)
def test_dig_hears_the_same_extended_errors(unbound: Lab, name: str) -> None:
    dig = program("dig", "bind9-dnsutils")
    command = [dig, "-r", "@127.0.0.1", "-p", str(unbound.port), "+noall", "+comments", name, "A"]
    printed(*command)  # the first answer has the reason in full words; those out of the cache are equal
    theirs = re.findall(r"^; EDE: (\d+) \(([^)]*)\)(?:: \((.*)\))?$", printed(*command), re.MULTILINE)
    (answer,) = resolve(name, ("A",), unbound.udp)
    assert answer.edns is not None
    told = [(str(error.code), error.meaning.lower(), error.text) for error in answer.edns.errors]
    assert told == [(code, meaning.lower(), text) for code, meaning, text in theirs]
    assert bool(told) == (answer.outcome is Outcome.SERVER_FAILURE)


# Zones signed by Knot, and delv.

KNOT_ZONES = {
    # Algorithms that the laboratory's own signer does not use; the second has NSEC3.
    "p384.test.": ("ecdsap384sha384", "off"),
    "hidden.test.": ("ecdsap256sha256", "on"),
    "rsa.test.": ("rsasha512", "off"),
    "ed448.test.": ("ed448", "off"),
}


@dataclass(frozen=True)
class Knot:
    """A server, and the digests of the keys of its zones."""

    port: int
    digests: dict[str, str]

    def anchors(self, zone: str, vouching: str = "") -> Anchors:
        """The anchor of a zone: its own key, or that of another one."""
        digest = self.digests[vouching or zone].partition(" DS ")[2]
        return parse_anchors(f"{zone} IN DS {digest}", "test")

    def delv(self, name: str, kind: str, zone: str, vouching: str, folder: Path) -> str:
        """delv's verdict, with the same anchor."""
        delv = program("delv", "bind9-dnsutils")
        tag, algorithm, digest, value = self.digests[vouching or zone].partition(" DS ")[2].split()
        anchor = f'trust-anchors {{ "{zone}" static-ds {tag} {algorithm} {digest} "{value}"; }};\n'
        (folder / "anchor").write_text(anchor)
        return printed(
            *(delv, "@127.0.0.1", "-p", str(self.port), "-a", str(folder / "anchor"), f"+root={zone}"),
            *("+nosplit", name, kind),
        )


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    knotd, keymgr = program("knotd", "knot"), program("keymgr", "knot")
    folder, port = tmp_path_factory.mktemp("knot"), free_port()
    settings = [f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n  pidfile: {folder}/pid"]
    settings += ["  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 2"]
    settings += [f"database:\n  storage: {folder}\nlog:\n  - target: stderr\n    any: warning\npolicy:"]
    for algorithm, hidden in KNOT_ZONES.values():
        settings += [f"  - id: {algorithm}\n    algorithm: {algorithm}\n    nsec3: {hidden}"]
        settings += ["    single-type-signing: on\n    nsec3-iterations: 3"]
    settings += ["zone:"]
    for zone, (algorithm, _) in KNOT_ZONES.items():
        (folder / f"{zone}zone").write_text(HEAD.format(zone=zone) + CONTENT)
        settings += [f"  - domain: {zone}\n    file: {folder}/{zone}zone\n    semantic-checks: off"]
        settings += [f"    zonefile-sync: -1\n    dnssec-signing: on\n    dnssec-policy: {algorithm}"]
    configuration = folder / "knot.conf"
    configuration.write_text("\n".join(settings) + "\n")
    with running([knotd, "-c", str(configuration)], folder / "log", port, next(iter(KNOT_ZONES))):
        digests = {}
        for zone in KNOT_ZONES:
            (digests[zone],) = [
                line
                for line in printed(keymgr, "-c", str(configuration), zone, "ds").splitlines()
                if line.split()[-2] == "2"  # SHA-256
            ]
        yield Knot(port, digests)


@pytest.mark.parametrize("zone", KNOT_ZONES)
@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        ("www", "A", Outcome.ANSWERED),
        ("alias", "AAAA", Outcome.ANSWERED),
        ("x.wild", "A", Outcome.ANSWERED),
        ("only4", "AAAA", Outcome.NO_DATA),
        ("ent", "TXT", Outcome.NO_DATA),
        ("nothing", "A", Outcome.NO_SUCH_NAME),
        ("long", "TXT", Outcome.ANSWERED),
    ],
)
def test_delv_trusts_what_we_trust(
    knot: Knot, tmp_path: Path, zone: str, name: str, kind: str, outcome: Outcome
) -> None:
    whole = f"{name}.{zone}"
    (answer,) = resolve(whole, (kind,), f"127.0.0.1:{knot.port}", anchors=knot.anchors(zone))
    theirs = knot.delv(whole, kind, zone, "", tmp_path)
    assert re.search(r"; (?:negative response, )?fully validated", theirs), theirs
    assert answer.validation is not None
    assert answer.validation.security is Security.SECURE, answer.validation
    assert answer.outcome is outcome
    ours = {row for row in lines(answer) if row[1] != "RRSIG"}
    assert ours == {
        row for row in records(theirs) if row[1] not in ("RRSIG", "NSEC", "NSEC3") and "\\-" not in row[1]
    }


@pytest.mark.parametrize("zone", KNOT_ZONES)
def test_delv_distrusts_what_we_distrust(knot: Knot, tmp_path: Path, zone: str) -> None:
    """The anchor is the key of another zone."""
    other = next(each for each in KNOT_ZONES if each != zone)
    (answer,) = resolve(
        f"www.{zone}", ("A",), f"127.0.0.1:{knot.port}", anchors=knot.anchors(zone, vouching=other)
    )
    theirs = knot.delv(f"www.{zone}", "A", zone, other, tmp_path)
    assert "resolution failed" in theirs and "fully validated" not in theirs, theirs
    assert answer.outcome is Outcome.BOGUS


def test_knot_truncates_and_tcp_has_the_rest(knot: Knot) -> None:
    dig = program("dig", "bind9-dnsutils")
    (answer,) = resolve("long.rsa.test", ("TXT",), f"127.0.0.1:{knot.port}")
    assert [(each.transport, each.result) for each in answer.exchanges] == [
        ("udp", "truncated"),
        ("tcp", "answer"),
    ]
    command = [dig, "-r", "@127.0.0.1", "-p", str(knot.port), "+ignore", "long.rsa.test", "TXT"]
    assert "tc" in found(r"flags: ([a-z ]+);", printed(*command)).split()
    command = [dig, "-r", "@127.0.0.1", "-p", str(knot.port), "+short", "long.rsa.test", "TXT"]
    assert list(answer.data) == printed(*command).splitlines()
