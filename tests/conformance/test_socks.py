"""SOCKS as others tell it: Zeek field by field, tshark's requests, and who Arkime takes for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from netanatomy.decode.kernel import COMPILED
from netanatomy.flows.messages.table import table_columns
from netanatomy.layers.application.socks_fields import Command
from netanatomy.pipeline import Capture
from netanatomy.report.text_columns import text_batch
from netanatomy.schema.flow_options import FlowOptions
from tests.conformance.arkime import OPTIONS

TRACES = "zeek+zeek/testing/btest/Traces/"
ARKIME = "arkime+arkime/tests/pcap/"
OF_ONE_RUN = ("uid", "ts")
"""Fields of Zeek whose values hold for one run only."""

SPOKEN_BEFORE = f"{ARKIME}socks5-reverse.pcap"
"""An implant that calls home says six octets of its own before SOCKS begins. Arkime looks at each side alone
and takes it for SOCKS; here a dialogue begins with its beginning."""

TSHARK_FIELDS = ("tcp.stream", "frame.number", "socks.version", "socks.command", "socks.dst")
TSHARK_MORE = ("socks.remote_name", "socks.port", "socks.dstport")


def dialogues(capture: Path, options: FlowOptions | None = None) -> list[dict[str, object]]:
    """The rows of a capture, addresses as text."""
    from netanatomy.flows.messages.socks import MESSAGES

    columns = table_columns(MESSAGES)
    return [
        row
        for batch in Capture(capture).messages("socks", options=options)
        for row in text_batch(batch, columns).to_pylist()
    ]


def present(corpora: Path, name: str) -> Path:
    if not (corpora / name).exists():
        pytest.skip(f"{name} is missing")
    return corpora / name


@pytest.mark.corpora
def test_every_field_of_zeek(corpora: Path) -> None:
    compared = 0
    for line in present(corpora, "expected/zeek_socks.jsonl").read_text().splitlines():
        stated = json.loads(line)
        options = FlowOptions(checksums="check" if stated["flags"]["checksums"] == "checked" else "ignore")
        (row,) = dialogues(present(corpora, stated["trace"]), options)
        record = {name: value for name, value in stated["record"].items() if name not in OF_ONE_RUN}
        assert {name: row[name] for name in record} == record
        compared += len(record)
    assert compared >= 14


@pytest.mark.corpora
@pytest.mark.parametrize(
    "name",
    [
        f"{TRACES}socks-with-ssl.pcap",
        f"{TRACES}tunnels/socks.pcap",
        f"{ARKIME}arkime_synthetic.pcap",
        f"{ARKIME}socks5-smtp-503.pcap",
        f"{ARKIME}socks5-rdp.pcap",
    ],
)
def test_requests_are_those_that_tshark_reads(corpora: Path, name: str) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    capture = present(corpora, name)
    fields = [part for field in (*TSHARK_FIELDS, *TSHARK_MORE) for part in ("-e", field)]
    command = ["tshark", "-n", "-r", capture, "-d", "tcp.port==42356,socks", "-Y", "socks", "-T", "fields"]
    done = subprocess.run([*command, *fields], capture_output=True, text=True, check=True, timeout=120)
    theirs: dict[int, tuple[object, ...]] = {}
    begun: dict[str, int] = {}
    for line in done.stdout.splitlines():
        stream, frame, version, asked, host, text, port, socks4_port = line.split("\t")
        first = begun.setdefault(stream, int(frame))
        if asked and first not in theirs:
            place = host or None, text or None, int(port or socks4_port)
            theirs[first] = (int(version), Command(int(asked)).name, *place)
    ours = {
        row["frame_number"]: tuple(
            row[name] for name in ("version", "command", "request.host", "request.name", "request_p")
        )
        for row in dialogues(capture, OPTIONS)
    }
    assert theirs
    assert {frame: ours.get(frame) for frame in theirs} == theirs
    assert set(ours) <= set(begun.values())


@pytest.mark.corpora
@pytest.mark.skipif(not COMPILED, reason="all captures take uncompiled kernels too long")
def test_who_speaks_socks_by_arkime(corpora: Path) -> None:
    """All sessions of all its captures: none is missed but one, and none is taken for SOCKS that is not."""
    sessions = [
        json.loads(line)
        for line in present(corpora, "expected/arkime_sessions.jsonl").read_text().splitlines()
    ]
    theirs = {
        (each["capture"], each["src"], each["src_port"], each["dst"], each["dst_port"])
        for each in sessions
        if "socks" in each["protocols"]
    }
    ours = {
        (name, *(row[column] for column in ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")))
        for name in sorted({each["capture"] for each in sessions})
        if (corpora / name).exists()
        for row in dialogues(corpora / name, OPTIONS)
    }
    assert len(ours) >= 4
    assert {each[0] for each in theirs ^ ours} <= {SPOKEN_BEFORE}
