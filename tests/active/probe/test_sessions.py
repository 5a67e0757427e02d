"""TLS servers that leave no choice: version, suite, group and chain are word for word what s_client says.

Where there is a choice, two OpenSSLs prefer differently.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_tls
from tests.active.probe.authority import Authority
from tests.active.probe.judge import Session, printed, s_client
from tests.active.probe.programs import free_port, program, running
from tests.active.probe.test_tls import s_server

OLD, NEW = "-cipher", "-ciphersuites"
CHOICES = [
    # Version, suites of OpenSSL, groups of OpenSSL; IANA's names.
    ("-tls1", OLD, "ECDHE-RSA-AES128-SHA", "P-256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "secp256r1"),
    ("-tls1", OLD, "AES256-SHA", "", "TLS_RSA_WITH_AES_256_CBC_SHA", ""),
    ("-tls1_1", OLD, "ECDHE-RSA-AES256-SHA", "P-384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "secp384r1"),
    ("-tls1_2", OLD, "AES128-GCM-SHA256", "", "TLS_RSA_WITH_AES_128_GCM_SHA256", ""),
    ("-tls1_2", OLD, "DHE-RSA-AES128-GCM-SHA256", "", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "dh 2048"),
    (
        "-tls1_2",
        OLD,
        "ECDHE-RSA-CHACHA20-POLY1305",
        "X25519",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "x25519",
    ),
    ("-tls1_3", NEW, "TLS_CHACHA20_POLY1305_SHA256", "X448", "TLS_CHACHA20_POLY1305_SHA256", "x448"),
    ("-tls1_3", NEW, "TLS_AES_128_GCM_SHA256", "P-521", "TLS_AES_128_GCM_SHA256", "secp521r1"),
    ("-tls1_3", NEW, "TLS_AES_128_CCM_SHA256", "P-256", "TLS_AES_128_CCM_SHA256", "secp256r1"),
    ("-tls1_3", NEW, "TLS_AES_256_GCM_SHA384", "ffdhe3072", "TLS_AES_256_GCM_SHA384", "dh 3072"),
]
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {pem}; ssl_certificate_key {pem};
    ssl_protocols {versions}; ssl_ciphers ALL:@SECLEVEL=0;
  }}
}}
"""
FLAGS = {"TLSv1.3": "-tls1_3", "TLSv1.2": "-tls1_2", "TLSv1.1": "-tls1_1", "TLSv1.0": "-tls1"}


def agreed(found: Probe) -> Session:
    """What a probe says, in the form of the judge."""
    assert found.tls is not None, found.detail
    group = found.tls.group.lower()
    return Session(
        version=found.tls.version,
        suite=found.tls.suite,
        # Of named finite fields s_client tells only the bits.
        group=f"dh {group.removeprefix('ffdhe')}" if group.startswith("ffdhe") else group,
        fingerprints=tuple(each.fingerprint for each in found.tls.chain),
        trusted=not found.tls.errors,
    )


@pytest.mark.parametrize(("version", "kind", "suites", "groups", "suite", "group"), CHOICES)
def test_a_server_with_one_choice(
    authority: Authority,
    tmp_path: Path,
    version: str,
    kind: str,
    suites: str,
    groups: str,
    suite: str,
    group: str,
) -> None:
    port = free_port()
    more = [version, kind, suites if kind is NEW else f"{suites}:@SECLEVEL=0"]
    more += ["-groups", groups] if groups else []
    with running(s_server(port, authority.server("rsa"), *more), port, tmp_path):
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{port}", options, server_name="localhost")
        theirs = s_client(port, authority.trust, *((NEW, suites) if kind is NEW else ()))
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert agreed(found) == theirs
    assert (theirs.suite, theirs.group) == (suite, group)
    assert len(theirs.fingerprints) == 3 and theirs.trusted


@pytest.mark.parametrize(
    "versions", ["TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "TLSv1.2 TLSv1.3", "TLSv1.3", "TLSv1.2", "TLSv1 TLSv1.1"]
)
def test_nginx_takes_the_versions_that_s_client_gets(
    authority: Authority, tmp_path: Path, versions: str
) -> None:
    nginx, port = program("nginx", "nginx-light"), free_port()
    configuration = tmp_path / "nginx.conf"
    pem = authority.server("rsa")
    configuration.write_text(NGINX.format(folder=tmp_path, port=port, pem=pem, versions=versions))
    with running([nginx, "-p", str(tmp_path), "-c", str(configuration)], port, tmp_path):
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(
            f"127.0.0.1:{port}", options, server_name="localhost", alpn=("h2",), each_version=True
        )
        theirs = {each for each, flag in FLAGS.items() if "Cipher is (NONE)" not in printed(port, flag)}
        session = s_client(port, authority.trust, "-alpn", "h2")
    assert {each.version for each in found.versions if each.accepted} == theirs
    assert theirs == {"TLSv1.0" if each == "TLSv1" else each for each in versions.split()}
    assert {each.version for each in found.versions} == {*FLAGS, "SSLv3"}
    ours = agreed(found)
    # Before TLS 1.3 the two prefer different suites.
    assert (ours.version, ours.fingerprints) == (session.version, session.fingerprints)
    assert ours == session or session.version != "TLSv1.3"
    assert found.tls is not None and found.tls.alpn == "h2"


@pytest.mark.parametrize(("bits", "severity"), [(1024, "weak"), (2048, "")])
def test_a_prime_of_a_server(authority: Authority, tmp_path: Path, bits: int, severity: str) -> None:
    port = free_port()
    more = ["-tls1_2", OLD, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"]
    if bits < 2048:  # by itself it takes a prime as long as its RSA key
        parameters = tmp_path / "dh.pem"
        openssl = program("openssl", "openssl")
        subprocess.run(
            [openssl, "dhparam", "-out", str(parameters), str(bits)], check=True, capture_output=True
        )
        more += ["-dhparam", str(parameters)]
    with running(s_server(port, authority.server("rsa"), *more), port, tmp_path):
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{port}", options, server_name="localhost")
        theirs = s_client(port, authority.trust)
    assert agreed(found) == theirs
    assert theirs.group == f"dh {bits}" and found.tls is not None
    severities = [each.severity for each in found.tls.judgements if each.name == "group-weak"]
    assert severities == ([severity] if severity else [])
