"""Each version of TLS behind STARTTLS: what real servers take is what openssl s_client gets."""

from __future__ import annotations

import json
import subprocess

import pytest

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_greeting
from netanatomy.cli.main import main
from tests.active.probe import services
from tests.active.probe.authority import Authority
from tests.active.probe.programs import program, saying

NAMES = {"tls1": "TLSv1.0", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}
SERVERS = {
    "smtp": services.postfix,
    "imap": services.dovecot,
    "ldap": services.slapd,
    "postgres": services.postgresql,
    "xmpp": services.prosody,
}


def taken(probe: Probe) -> dict[str, bool | None]:
    return {each.version: each.accepted for each in probe.versions}


@pytest.mark.parametrize("protocol", SERVERS)
def test_versions_behind_starttls(protocol: str, authority: Authority) -> None:
    tls = services.Tls(authority.server("rsa"), authority.trust)
    with SERVERS[protocol](tls) as ports:
        target = f"localhost:{ports[protocol]}"
        options = ProbeOptions(timeout=30, ca=str(authority.trust))
        found = probe_greeting(protocol, target, options, each_version=True)
        assert found.outcome is ProbeOutcome.REACHED, found.detail
        for option, version in NAMES.items():
            command = [program("openssl", "openssl"), "s_client", "-connect", target, f"-{option}"]
            command += ["-starttls", protocol, "-cipher", "ALL:@SECLEVEL=0"]
            command += ["-xmpphost", "localhost"] if protocol == "xmpp" else []
            judge = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
            )
            said = judge.stdout.decode("utf-8", "replace")
            theirs = "BEGIN CERTIFICATE" in said and "Cipher is (NONE)" not in said
            assert taken(found)[version] is theirs, (version, found.versions, said[-500:])
    assert taken(found)["SSLv3"] is False
    assert found.phases[-1].name == "versions"
    assert found.tls is not None and taken(found)[found.tls.version]


def test_a_server_without_tls_is_offered_none() -> None:
    words = (b"220 mail.test ESMTP\r\n", b"250 mail.test\r\n", b"221 bye\r\n")
    with saying(*words, linger=0.2) as (port, _):
        found = probe_greeting("smtp", f"127.0.0.1:{port}", ProbeOptions(timeout=5), each_version=True)
    assert found.versions == () and any("no version of TLS" in note for note in found.notes), found.detail


def test_on_the_command_line(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    tls = services.Tls(authority.server("rsa"), authority.trust)
    with services.dovecot(tls) as ports:
        arguments = ["probe", "imap", f"localhost:{ports['imap']}", "--ca", str(authority.trust), "--json"]
        assert main([*arguments, "--versions", "--timeout", "30"]) == 0
        (found,) = json.loads(capsys.readouterr().out)["probes"]
        assert {each["version"] for each in found["versions"]} == {*NAMES.values(), "SSLv3"}
        assert main(arguments) == 0
        assert json.loads(capsys.readouterr().out)["probes"][0]["versions"] == []
