from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.active.resolve.nameservers import (
    Certificates,
    free_port,
    make_certificates,
    program,
    running,
)
from tests.active.resolve.zones import CONTENT, HEAD, NSEC3, tree


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@dataclass(frozen=True)
class Lab:
    """A BIND that serves every zone of the laboratory."""

    port: int
    tls: int
    https: int
    strict: int
    anchor: Path

    @property
    def udp(self) -> str:
        return f"127.0.0.1:{self.port}"


def hashed_zone(folder: Path) -> None:
    """A zone with NSEC3 and opt-out, by BIND's own signer."""
    keygen = program("dnssec-keygen", "bind9-utils")
    signer = program("dnssec-signzone", "bind9-utils")
    zone = folder / f"{NSEC3}zone"
    zone.write_text(HEAD.format(zone=NSEC3) + CONTENT + "unsigned NS ns.plain.test.\n")
    made = [
        subprocess.run(
            [keygen, "-q", "-a", "ECDSAP256SHA256", *flags, "-K", str(folder), NSEC3],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for flags in (["-f", "KSK"], [])
    ]
    with zone.open("a") as file:
        for name in made:
            file.write((folder / f"{name}.key").read_text())
    subprocess.run(
        [signer, "-q", "-3", "aabbccdd", "-H", "3", "-A", "-o", NSEC3, "-f", str(zone), str(zone)],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    (folder / "hashed.ds").write_text((folder / f"dsset-{NSEC3}").read_text())


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Lab]:
    named = program("named", "bind9")
    folder = tmp_path_factory.mktemp("lab")
    hashed_zone(folder)
    zones = {**tree(folder), NSEC3: folder / f"{NSEC3}zone"}
    found = Lab(free_port(), free_port(), free_port(), free_port(), folder / "anchor")
    statements = "\n".join(
        f'zone "{name}" {{ type primary; file "{path}"; }};' for name, path in zones.items()
    )
    (folder / "named.conf").write_text(
        f"""
        controls {{ }};
        tls test {{ cert-file "{certificates.certificate}"; key-file "{certificates.key}"; }};
        options {{
            directory "{folder}"; pid-file none; session-keyfile none; managed-keys-directory "{folder}";
            listen-on port {found.port} {{ 127.0.0.1; }};
            listen-on port {found.tls} tls test {{ 127.0.0.1; }};
            listen-on port {found.https} tls test http default {{ 127.0.0.1; }};
            listen-on-v6 {{ none; }};
            recursion no; dnssec-validation no; notify no; server-id "instance-7";
            check-names primary ignore; check-integrity no; zone-statistics none;
        }};
        {statements}
        """
    )
    command = [named, "-f", "-c", str(folder / "named.conf"), "-n", "1", "-U", "1"]
    with running(command, folder / "log", found.port, "test."):
        yield found


@pytest.fixture(scope="session")
def unbound(tmp_path_factory: pytest.TempPathFactory, lab: Lab, certificates: Certificates) -> Iterator[Lab]:
    """A validating resolver of somebody else's over the same zones."""
    path = program("unbound", "unbound")
    folder = tmp_path_factory.mktemp("unbound")
    found = Lab(free_port(), free_port(), free_port(), 0, lab.anchor)
    (folder / "unbound.conf").write_text(
        f"""
server:
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    num-threads: 1
    interface: 127.0.0.1@{found.port}
    interface: 127.0.0.1@{found.tls}
    interface: 127.0.0.1@{found.https}
    tls-port: {found.tls}
    https-port: {found.https}
    tls-service-key: "{certificates.key}"
    tls-service-pem: "{certificates.certificate}"
    do-ip6: no
    do-not-query-localhost: no
    root-hints: ""
    module-config: "validator iterator"
    trust-anchor-file: "{lab.anchor}"
    ede: yes
    local-zone: "test." nodefault
    nsid: ascii_unbound-1
    qname-minimisation: no
    val-log-level: 2
remote-control:
    control-enable: no
stub-zone:
    name: "."
    stub-addr: 127.0.0.1@{lab.port}
stub-zone:
    name: "test."
    stub-addr: 127.0.0.1@{lab.port}
"""
        + "".join(
            f'stub-zone:\n    name: "{zone}"\n    stub-addr: 127.0.0.1@{lab.port}\n'
            for zone in (
                *("secure.test", "broken.test", "expired.test", "stranger.test", "stripped.test"),
                *("island.test", "unproven.test", "plain.test", "unsigned.test", "hashed.test"),
            )
        )
    )
    command = [path, "-d", "-p", "-c", str(folder / "unbound.conf")]
    with running(command, folder / "log", found.port, "test."):
        yield found
