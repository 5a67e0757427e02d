"""What tshark says: one process for each capture, kept in a cache keyed by all that it depends on."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / "build" / "conformance"
"""Where tshark's words, its profile and the table by capture are kept."""

TIME_LIMIT = 300
"""Seconds for one capture."""

PREFERENCES: Mapping[str, tuple[str, str]] = {
    "ip.check_checksum": ("TRUE", "the verdict is a column"),
    "tcp.check_checksum": ("TRUE", "the verdict is a column"),
    "udp.check_checksum": ("TRUE", "the verdict is a column"),
    "udplite.check_checksum": ("TRUE", "the verdict is a column"),
    "udplite.ignore_checksum_coverage": ("FALSE", "the verdict is over the octets covered"),
    "sctp.checksum": ("CRC-32c", "the verdict is a column (RFC 9260 section 6.8)"),
    "tcp.relative_sequence_numbers": ("FALSE", "numbers as sent"),
    "tcp.analyze_sequence_numbers": ("FALSE", "headers only, no state between segments"),
    "tcp.desegment_tcp_streams": ("FALSE", "headers only"),
    "wlan.defragment": ("FALSE", "one row is one frame"),
    "wlan.enable_decryption": ("FALSE", "no keys are known"),
    "stp.use_system_id_extension": ("FALSE", "bridge priority as one number of 16 bits"),
    "gtp.dissect_gtp_over_tcp": ("FALSE", "GTP-U runs over UDP only"),
    "gtp.v0_port": ("0", "GTP version 0, its control messages and GTP' are no tunnel"),
    "gtp.v1c_port": ("0", "GTP-C is no tunnel"),
    "esp.enable_null_encryption_decode_heuristic": ("FALSE", "what is encrypted is not guessed"),
    "esp.do_esp_sequence_analysis": ("FALSE", "headers only"),
}
"""Preferences that differ from tshark's own, and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """What tshark said about a capture: a line for each frame, and its complaint if it had one."""

    lines: Sequence[str]
    complaint: str


@cache
def version() -> str | None:
    """The version of tshark, or None where there is none."""
    path = shutil.which("tshark")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return said.stdout.partition("\n")[0].strip() or None


def prepare_profile(protocols: Sequence[str]) -> Path:
    """A profile in which only these protocols are dissected; the folder of it.

    What runs above the transport layer may hold whole packets of its own (an SNMP trap, an sFlow
    sample, an OpenFlow message): with its dissector off, its payload is data for tshark too.
    """
    folder = CACHE / "profile"
    folder.mkdir(parents=True, exist_ok=True)
    known = subprocess.run(
        ["tshark", "-G", "protocols"], capture_output=True, text=True, check=True, timeout=60
    )
    names = [line.split("\t")[2] for line in known.stdout.splitlines() if line.count("\t") >= 2]
    wanted = set(protocols)
    disabled = "".join(f"{name}\n" for name in sorted(names) if name not in wanted)
    partial = folder / f"disabled_protos.{os.getpid()}"
    partial.write_text(disabled)
    partial.replace(folder / "disabled_protos")
    return folder


def words(capture: Path, fields: Sequence[str], protocols: Sequence[str]) -> Words:
    """What tshark says about a capture, from the cache if it was asked before.

    Each line has the fields' cells, tab between them, a comma between occurrences.
    """
    octets = capture.read_bytes()
    question = "\n".join([version() or "", *fields, *sorted(protocols), repr(sorted(PREFERENCES.items()))])
    key = hashlib.sha256(octets + b"\0" + question.encode()).hexdigest()
    kept = CACHE / "tshark" / f"{key[:40]}.gz"
    if kept.is_file():
        text = gzip.decompress(kept.read_bytes()).decode()
    else:
        text = _asked(capture, fields)
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(gzip.compress(text.encode(), 1))
        partial.replace(kept)
    complaint, _, table = text.partition("\n")
    return Words(table.split("\n")[:-1] if table else [], complaint)


def _asked(capture: Path, fields: Sequence[str]) -> str:
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a"]
    command += ["-E", "separator=/t", "-E", "aggregator=,"]
    for name, (value, _) in PREFERENCES.items():
        command += ["-o", f"{name}:{value}"]
    for field in fields:
        command += ["-e", field]
    environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(CACHE / "profile"), "LC_ALL": "C", "TZ": "UTC"}
    said = subprocess.run(
        command,
        capture_output=True,
        check=False,
        timeout=TIME_LIMIT,
        env=environment,
        text=True,
        errors="replace",
    )
    complaints = [
        line for line in said.stderr.splitlines() if line.strip() and not line.startswith("Running as user")
    ]
    if said.returncode and not complaints:
        complaints = [f"tshark ended with {said.returncode}"]
    complaint = " ".join(complaints) if said.returncode else ""
    return complaint.replace(str(capture), capture.name) + "\n" + said.stdout
