"""netanatomy: the network, opened layer by layer.

A capture is opened with `open`, and read as tables of Apache Arrow. Here is one to play with:

>>> import tempfile
>>> from pathlib import Path
>>> from netanatomy.capture.write import PcapWriter
>>> datagram = bytes.fromhex(
...     "333300000001 020000000001 86dd"  # Ethernet: destination, source, type
...     "60000000 000c 11 40 fe80000000000000000000fffe000001 ff020000000000000000000000000001"  # IPv6
...     "1388 0035 000c 0000 74657374"  # UDP from port 5000 to 53, and four octets
... )
>>> path = Path(tempfile.mkdtemp(), "example.pcap")
>>> with path.open("wb") as file:
...     writer = PcapWriter(file, link_type=1)
...     writer.frame(1_700_000_000_000_000_000, datagram)
...     writer.frame(1_700_000_000_250_000_000, datagram[:60])

The packet table comes in record batches, so that a capture of any size fits in little memory;
`netanatomy columns` lists its columns with unit and meaning:

>>> import netanatomy as na
>>> capture = na.open(path)
>>> for batch in capture.packets(columns=["frame_number", "protocols", "destination_port"]):
...     for row in batch.to_pylist():
...         print(row)
{'frame_number': 1, 'protocols': 'ethernet:ipv6:udp', 'destination_port': 53}
{'frame_number': 2, 'protocols': 'ethernet:ipv6:udp', 'destination_port': None}

Malformed is data, not an exception, and every frame is accounted for:

>>> wanted = ["frame_number", "stop_layer", "stop_reason"]
>>> stopped = capture.packets(columns=wanted, filter="stop_reason IS NOT NULL")
>>> stopped.to_arrow().to_pylist()
[{'frame_number': 2, 'stop_layer': 'transport', 'stop_reason': 'truncated'}]
>>> capture.counts.frames, capture.counts.decoded, capture.counts.undecodable
(2, 2, 0)

A filter is a Polars SQL expression; addresses, times and names are compared as text:

>>> local = capture.packets(filter="ip_source LIKE 'fe80:%' AND time >= '2023-11-14T22:13'")
>>> local.to_polars().height
2

Whatever speaks the Arrow PyCapsule protocol takes a table as it is: `polars.DataFrame(stream)`,
`pyarrow.table(stream)`, or in DuckDB:

>>> import duckdb  # doctest: +SKIP
>>> duckdb.sql("SELECT destination_port, count(*) FROM local GROUP BY 1")  # doctest: +SKIP

Who talked, and how it went: connections with Zeek's names and meaning, every oddity with its octets, and
what both sides said:

>>> wanted = ["id.orig_h", "id.resp_p", "proto", "conn_state", "history", "community_id"]
>>> for row in capture.connections(columns=wanted, filter="id.resp_p = 53").to_arrow().to_pylist():
...     print(row["proto"], row["conn_state"], row["history"], row["community_id"])
udp S0 D 1:h+UNrF7HASFN0aU3XMPV5yhpO0I=
>>> for row in capture.anomaly_table().to_arrow().to_pylist():
...     print(row["frame_number"], row["name"], row["offset"], row["length"])
1 udp-checksum-absent-ipv6 60 2
2 ip-truncated 18 2
2 transport-header-truncated 54 6
>>> capture.streams().to_arrow()["data"][0].as_py()
b'test'

What is wrong, with the octets that prove it; here nothing is:

>>> capture.findings()
[]

The active tools ask and serve instead of reading, in a notebook too. `netanatomy.active` tells how; three of
them are modules: `probe` (`netanatomy.active.probe`), `echo` (`netanatomy.active.echo`) and `socks`
(`netanatomy.active.socks`).

>>> na.service("443/tcp").known, na.address("2001:db8::1").reverse_name[-8:]
(True, 'ip6.arpa')
>>> na.resolve("localhost", ["A"])[0].data
('127.0.0.1',)
>>> [found.answers[0].data for found in na.resolve_many(["localhost", "not..a.name"], ["A"])]
[('127.0.0.1',), ()]
>>> with na.echo.TcpEcho(["127.0.0.1"]) as server:
...     na.probe.probe_tcp("%s:%d" % server.endpoints[0], b"hello").exchange.received
b'hello'

In asynchronous code their twins are awaited, whose names begin with an a:

>>> import asyncio
>>> async def both() -> None:
...     async with na.echo.TcpEcho(["127.0.0.1"]) as server:
...         found, answers = await asyncio.gather(
...             na.probe.aprobe_tcp("%s:%d" % server.endpoints[0], b"hello"),
...             na.aresolve("localhost", ["A"]),
...         )
...     print(found.exchange.received, *answers[0].data)
>>> asyncio.run(both())
b'hello' 127.0.0.1

What a capture says beside its packets, and its frames with their octets:

>>> [interface.link_type for interface in capture.information.interfaces], capture.anomalies
([1], [])
>>> capture.frames().to_arrow()["captured_length"].to_pylist()
[66, 60]
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from netanatomy import _uncompiled

if _uncompiled.wanted():
    _uncompiled.force()

from netanatomy.errors import (
    CaptureError,
    MalformedError,
    NetanatomyError,
    NotACaptureError,
    ParseError,
    TruncatedError,
    UsageError,
)

if TYPE_CHECKING:
    from netanatomy.active import echo, probe, socks
    from netanatomy.active.address import describe as address
    from netanatomy.active.resolve import aresolve, aresolve_many, resolve, resolve_many
    from netanatomy.active.service import lookup as service
    from netanatomy.detect.settings import Settings
    from netanatomy.layers.internet.community_id import community_id
    from netanatomy.pipeline import Capture, Stream, open  # noqa: A004 - read as netanatomy.open
    from netanatomy.schema.findings import Finding, Severity
    from netanatomy.schema.flow_options import FlowOptions

__version__ = "0.1.0"

__all__ = [
    "Capture",
    "CaptureError",
    "Finding",
    "FlowOptions",
    "MalformedError",
    "NetanatomyError",
    "NotACaptureError",
    "ParseError",
    "Settings",
    "Severity",
    "Stream",
    "TruncatedError",
    "UsageError",
    "__version__",
    "address",
    "aresolve",
    "aresolve_many",
    "community_id",
    "echo",
    "open",
    "probe",
    "resolve",
    "resolve_many",
    "service",
    "socks",
]

_ELSEWHERE = MappingProxyType(
    {
        "Capture": ("netanatomy.pipeline", "Capture"),
        "Finding": ("netanatomy.schema.findings", "Finding"),
        "FlowOptions": ("netanatomy.schema.flow_options", "FlowOptions"),
        "Settings": ("netanatomy.detect.settings", "Settings"),
        "Severity": ("netanatomy.schema.findings", "Severity"),
        "Stream": ("netanatomy.pipeline", "Stream"),
        "address": ("netanatomy.active.address", "describe"),
        "aresolve": ("netanatomy.active.resolve", "aresolve"),
        "aresolve_many": ("netanatomy.active.resolve", "aresolve_many"),
        "community_id": ("netanatomy.layers.internet.community_id", "community_id"),
        "echo": ("netanatomy.active.echo", ""),
        "open": ("netanatomy.pipeline", "open"),
        "probe": ("netanatomy.active.probe", ""),
        "resolve": ("netanatomy.active.resolve", "resolve"),
        "resolve_many": ("netanatomy.active.resolve", "resolve_many"),
        "service": ("netanatomy.active.service", "lookup"),
        "socks": ("netanatomy.active.socks", ""),
    }
)
"""Where the names live that are fetched when they are first asked for; a module where no name is told."""


def __dir__() -> list[str]:
    # So that they are offered before anybody has asked for them; none is imported for that.
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    # Arrow and NumPy take a quarter of a second to import: `netanatomy --help` goes without them.
    if name in _ELSEWHERE:
        module, attribute = _ELSEWHERE[name]
        found = import_module(module)
        return getattr(found, attribute) if attribute else found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
