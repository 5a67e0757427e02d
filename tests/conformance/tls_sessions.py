"""TLS sessions against Zeek's ssl.log, Arkime's fingerprints and tshark's fields.

    python -m tests.conformance.tls_sessions

Prints how many values agree, field by field; ends with 1 where a difference was not reviewed.
"""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa

import netanatomy
from netanatomy.errors import NetanatomyError
from netanatomy.flows.messages.tls import zeek_version
from netanatomy.layers.application.tls import ALERTS, RETRY, suite_name
from netanatomy.schema.flow_options import FlowOptions
from tests.conformance.connections import reasons, table
from tests.conformance.our_connections import as_address
from tests.conformance.records import Agreement, Record, ReviewedRecords, Value, compare, review
from tests.conftest import corpora_folder

TRACES = "zeek+zeek/testing/btest/Traces/"
IDENTITY = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
ZEEK_FIELDS = (
    "version",
    "cipher",
    "curve",
    "server_name",
    "resumed",
    "last_alert",
    "next_protocol",
    "established",
    "ssl_history",
    "cert_chain_fps",
    "client_cert_chain_fps",
    "sni_matches_cert",
    "subject",
    "issuer",
)
ARKIME_FIELDS = ("ja3", "ja3s")
TSHARK_FIELDS = ("version", "cipher", "server_name", "last_alert", "ja3", "ja3s")
TIME_LIMIT = 120
"""Seconds for tshark and one capture."""

ZEEK: tuple[ReviewedRecords, ...] = (
    ReviewedRecords(
        ("quic/*",),
        ("missing",),
        6,
        "QUIC: Zeek decrypts the first packets and logs the hellos inside; here, TLS over TCP is read.",
    ),
    ReviewedRecords(
        ("tls/dtls1_0.pcap *",),
        ("missing",),
        1,
        "DTLS: runs over UDP, and is not read.",
    ),
    ReviewedRecords(
        ("globus-url-copy.pcap *",),
        ("missing",),
        1,
        "GridFTP's control connection: the octets of TLS stand there in base64, behind ADAT (RFC 2228). That "
        "of its data is read.",
        ("192.168.57.103:60108 *",),
    ),
    ReviewedRecords(
        ("tls/chrome-63.0.3211.0-canary-tls_experiment.pcap *",),
        ("resumed",),
        1,
        "TLS 1.3 under a number for experiments, 0x7e01: to Zeek, a session identifier that comes back is a "
        "session taken up again unless the version is that of TLS 1.3 or its drafts (0x7f..). In TLS 1.3 it "
        "always comes back (RFC 8446 section 4.1.3), and this server accepted no pre_shared_key.",
    ),
)
MALFORMED = ("10.9.10.1:49601 *", "10.9.19.1:49621 *")
"""Connections of a synthetic capture in which the server's hello ends within an extension."""

ARKIME: tuple[ReviewedRecords, ...] = (
    ReviewedRecords(
        ("*/arkime_synthetic.pcap",),
        ("ja3s",),
        2,
        "The server's hello ends within an extension: Arkime hashes what there is; to us it is malformed.",
        MALFORMED,
    ),
    ReviewedRecords(
        ("*/openvpn_synthetic.pcap",),
        ("missing",),
        2,
        "OpenVPN over TCP: Arkime reads the hellos inside OpenVPN's control packets.",
    ),
)
TSHARK: tuple[ReviewedRecords, ...] = (
    ReviewedRecords(
        ("*/arkime_synthetic.pcap",),
        ("version", "cipher", "ja3s"),
        6,
        "The server's hello ends within an extension: tshark tells what there is; to us it is malformed.",
        MALFORMED,
    ),
    ReviewedRecords(
        ("*/arkime_synthetic.pcap",),
        ("surplus",),
        1,
        "Not all of the ClientHello is there: tshark waits for the rest, we say that it ends too early.",
        ("10.0.18.100:54334 *",),
    ),
    ReviewedRecords(
        ("*/psql-aws-ssl-preferred.pcap",),
        ("version", "cipher", "ja3s"),
        3,
        "Segments came in another order than they were sent: tshark by default does not put them in order.",
    ),
    ReviewedRecords(
        ("*/rdp-no-cookie-mstshash.pcap",),
        ("surplus",),
        1,
        "tshark does not see the TLS within RDP here; Zeek does, and agrees with us in every field.",
    ),
    ReviewedRecords(
        ("*/tls/hrr.pcap",),
        ("ja3s",),
        1,
        "After a HelloRetryRequest comes the ServerHello, of which this is the fingerprint; tshark takes "
        "what follows the first ChangeCipherSpec for encrypted, and has that of the request.",
    ),
)


@cache
def our_sessions(path: Path, checksums: str) -> tuple[Record, ...]:
    """The TLS sessions of a capture; lists of texts as JSON."""
    table = pa.table(netanatomy.open(path).messages("tls", FlowOptions(checksums=checksums)))
    found = []
    for row in table.to_pylist():
        record: dict[str, Value] = {}
        for name, value in row.items():
            if name in ("id.orig_h", "id.resp_h"):
                record[name] = as_address(value)
            elif name != "ts":
                record[name] = json.dumps(value) if isinstance(value, list) else value
        found.append(record)
    return tuple(found)


def joined(ours: Sequence[Record]) -> list[Record]:
    """Our sessions, those made one whose two sides are connections of their own to us.

    In one synthetic capture the clock goes back by more than a year: whatever comes then is inactive at once.
    """
    found: list[Record] = []
    for each in ours:
        last = found[-1] if found else None
        if last and each["ja3"] is None and last["version"] is None and same_ends(last, each):
            found[-1] = {name: value if each[name] is None else each[name] for name, value in last.items()}
        else:
            found.append(each)
    return found


def same_ends(their: Record, our: Record) -> Record | None:
    """Our record, if it is of the same connection."""
    return our if all(their[name] == our[name] for name in IDENTITY) else None


def called(record: Record) -> str:
    """A session in a few words."""
    ends = [str(record.get(name)) for name in IDENTITY]
    return f"{ends[0]}:{ends[1]} > {ends[2]}:{ends[3]}"


def unlike(_: str, theirs: Value, ours: Value) -> bool:
    """Whether two values differ."""
    return theirs != ours


def compared(run: str, fields: Sequence[str], theirs: Sequence[Record], ours: Sequence[Record]) -> Agreement:
    """Their sessions beside ours."""
    return compare(run, fields, theirs, ours, same_ends, unlike, called)


def zeek_agreement(corpora: Path) -> Agreement:
    """All of Zeek's ssl.log."""
    runs: dict[tuple[str, str, str, str], list[Record]] = {}
    with (corpora / "expected" / "zeek_ssl.jsonl").open(encoding="utf-8") as file:
        for line in file:
            read = json.loads(line)
            flags = read["flags"]
            record = {
                name: json.dumps(value) if isinstance(value, list) else value
                for name, value in read["record"].items()
            }
            checksums = "check" if flags["checksums"] == "checked" else "ignore"
            runs.setdefault((read["trace"], flags["test"], flags["log"], checksums), []).append(record)
    total = Agreement()
    for (trace, test, log, checksums), theirs in runs.items():
        ours = our_sessions(corpora / trace, checksums)
        total.add(compared(f"{trace.removeprefix(TRACES)} {test} {log}", ZEEK_FIELDS, theirs, ours))
    return total


def arkime_agreement(corpora: Path) -> Agreement:
    """All of Arkime's sessions over TCP that have a fingerprint of TLS."""
    captures: dict[str, list[Record]] = {}
    with (corpora / "expected" / "arkime_sessions.jsonl").open(encoding="utf-8") as file:
        for line in file:
            read = json.loads(line)
            held = {name: only(read[name]) for name in ARKIME_FIELDS if name in read}
            if held and read["ip_protocol"] == 6:
                ends = {"id.orig_h": read["src"], "id.orig_p": read["src_port"]}
                ends |= {"id.resp_h": read["dst"], "id.resp_p": read["dst_port"]}
                captures.setdefault(read["capture"], []).append({**ends, **held})
    total = Agreement()
    for capture, theirs in captures.items():
        ours = joined(our_sessions(corpora / capture, "ignore"))
        wanted = [each for each in ours if any(same_ends(their, each) for their in theirs)]
        total.add(compared(capture, ARKIME_FIELDS, theirs, wanted))
    return total


def only(value: str | list[str]) -> Value:
    """A fingerprint; of several, the first."""
    return value[0] if isinstance(value, list) else value


def tls_captures(corpora: Path) -> Iterator[str]:
    """Captures in which something looks like a record of TLS, each different one once."""
    with (corpora / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["same_packets_as"] not in ("-", row["capture"]):
                continue
            octets = (corpora / row["capture"]).read_bytes()
            if octets[:2] == b"\x1f\x8b":
                octets = gzip.decompress(octets)
            if any(bytes([22, 3, minor]) in octets for minor in range(5)):
                yield row["capture"]


ASKED = (
    "tcp.stream",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "tls.handshake.type",
    "tls.handshake.version",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.ciphersuite",
    "tls.handshake.random",
    "tls.handshake.extensions_server_name",
    "tls.alert_message.desc",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
)


def tshark_sessions(path: Path) -> list[Record]:
    """What tshark says of each connection in which it sees a hello."""
    command = ["tshark", "-n", "-r", str(path), "-Y", "tls && tcp", "-T", "fields", "-E", "occurrence=a"]
    command += ["-E", "separator=/t", "-E", "aggregator=,"]
    for field in ASKED:
        command += ["-e", field]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)
    streams: dict[str, dict[str, Value]] = {}
    for line in said.stdout.splitlines():
        cells = dict(zip(ASKED, line.split("\t"), strict=True))
        _tell(streams.setdefault(cells["tcp.stream"], {}), cells)
    return [each for each in streams.values() if "id.orig_h" in each]


def innermost(*lists: str) -> str:
    """The address of the inner packet, of a tunnel's."""
    return next(each for each in lists if each).split(",")[-1]


def _tell(record: dict[str, Value], cells: Mapping[str, str]) -> None:
    """Add what a frame says to the record of its connection."""
    kinds = cells["tls.handshake.type"].split(",")
    source = innermost(cells["ip.src"], cells["ipv6.src"]), int(cells["tcp.srcport"])
    target = innermost(cells["ip.dst"], cells["ipv6.dst"]), int(cells["tcp.dstport"])
    if "id.orig_h" not in record and ("1" in kinds or "2" in kinds):
        client, server = (source, target) if "1" in kinds else (target, source)
        record.update(zip(IDENTITY, (*client, *server), strict=True))
        record.update(dict.fromkeys(TSHARK_FIELDS))
    if "1" in kinds and record["ja3"] is None:
        record["server_name"] = cells["tls.handshake.extensions_server_name"].split(",")[0] or None
        record["ja3"] = cells["tls.handshake.ja3"].split(",")[0] or None
    elif "2" in kinds and (record["ja3s"] is None or record["retried"]):
        versions = cells["tls.handshake.extensions.supported_version"] or cells["tls.handshake.version"]
        record["retried"] = cells["tls.handshake.random"].replace(":", "").startswith(RETRY.hex())
        record["version"] = zeek_version(int(versions.split(",")[0], 16))
        record["cipher"] = suite_name(int(cells["tls.handshake.ciphersuite"].split(",")[0], 0))
        record["ja3s"] = cells["tls.handshake.ja3s"].split(",")[0]
    for alert in filter(None, cells["tls.alert_message.desc"].split(",")):
        if "id.orig_h" in record:
            record["last_alert"] = ALERTS[int(alert)]


def tshark_agreement(corpora: Path) -> Agreement:
    """What tshark says of all captures."""
    total = Agreement()
    for capture in tls_captures(corpora):
        try:
            ours = our_sessions(corpora / capture, "ignore")
        except NetanatomyError:
            continue
        total.add(compared(capture, TSHARK_FIELDS, tshark_sessions(corpora / capture), joined(ours)))
    return total


def main() -> int:
    """Compare all and print what came of it."""
    corpora = corpora_folder()
    if corpora is None:
        sys.stderr.write("the captures of third parties are not beside this checkout\n")
        return 2
    unreviewed = 0
    for title, agreement, fields, listed in (
        ("Zeek's ssl.log", zeek_agreement(corpora), ZEEK_FIELDS, ZEEK),
        ("Arkime's fingerprints", arkime_agreement(corpora), ARKIME_FIELDS, ARKIME),
        ("tshark", tshark_agreement(corpora), TSHARK_FIELDS, TSHARK),
    ):
        outcome = review(agreement.differences, listed, complete=True)
        lines = [f"## {title}", "", *table(agreement, fields, outcome), "", *reasons(listed), ""]
        lines += [f"unreviewed {each}" for each in outcome.unreviewed] + outcome.stale
        sys.stdout.write("\n".join(lines) + "\n")
        unreviewed += len(outcome.unreviewed) + len(outcome.stale)
    return int(bool(unreviewed))


if __name__ == "__main__":
    sys.exit(main())
