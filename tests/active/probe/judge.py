"""What `openssl s_client` says of a server: the judge of what a probe says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

from tests.active.probe.programs import program

CURVES = {"prime256v1": "secp256r1"}
"""OpenSSL's name of a curve, where TLS has another (RFC 8422 section 5.1.1)."""

VERSIONS = {"TLSv1": "TLSv1.0"}


@dataclass(frozen=True)
class Session:
    """What two programs must agree on.

    Attributes:
        version: `TLSv1.3` …
        suite: IANA's name.
        group: of the key exchange, in small letters; of finite fields `dh` and the bits.
        fingerprints: SHA-256 of the certificates, in the order of the server.
        trusted: whether nothing was wrong with them.
    """

    version: str
    suite: str
    group: str
    fingerprints: tuple[str, ...]
    trusted: bool


@cache
def suite_names() -> dict[str, str]:
    """OpenSSL's names of suites, with IANA's."""
    openssl = program("openssl", "openssl")
    command = [openssl, "ciphers", "-stdname", "ALL:@SECLEVEL=0"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {words[2]: words[0] for line in listed.splitlines() if (words := line.split())}


def s_client(port: int, trust: Path, *more: str, name: str = "localhost") -> Session:
    """Shake hands by `openssl s_client`, as somebody who wants `name`.

    Args:
        port: on loopback.
        trust: the authorities, as PEM.
        more: options, such as `-starttls`.
        name: for which the certificate must be.
    """
    return session(printed(port, "-CAfile", str(trust), "-verify_hostname", name, "-servername", name, *more))


def printed(port: int, *more: str) -> str:
    """What s_client prints of a handshake."""
    openssl = program("openssl", "openssl")
    command = [openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts"]
    command += ["-cipher", "ALL:@SECLEVEL=0", *more]
    found = subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False)
    return found.stdout.decode(errors="replace")


def session(text: str) -> Session:
    """What s_client has printed, as facts."""
    chosen = re.search(r"^New, (\S+), Cipher is (\S+)", text, re.MULTILINE)
    key = re.search(r"^Server Temp Key: (?:ECDH, )?(DH, \d+|[^,\n]+)", text, re.MULTILINE)
    agreed = re.search(r"^ *Protocol *: (\S+)", text, re.MULTILINE)
    codes = re.findall(r"Verif(?:y return code|ication): (\d+|OK)", text)
    assert chosen is not None and codes, text
    certificates = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    group = key[1].strip().replace(",", "") if key else ""
    # In a session that can be taken up again stands the version; the first line has the suite's lowest one.
    version = agreed[1] if agreed else chosen[1]
    return Session(
        version=VERSIONS.get(version, version),
        suite=suite_names().get(chosen[2], chosen[2]),
        group=CURVES.get(group, group).lower(),
        fingerprints=tuple(sha256(PEM_cert_to_DER_cert(each)).hexdigest() for each in certificates),
        trusted=all(code in ("0", "OK") for code in codes),
    )
