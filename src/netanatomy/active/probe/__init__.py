"""Probes: connect, and tell layer by layer what came of it and how long it took.

Nothing that the other side or the network does is an exception: a refusal, silence, a broken protocol are
outcomes of a `Probe`. Only a target that makes no sense is an error.

>>> from netanatomy.active.echo import HttpEcho
>>> with HttpEcho(["127.0.0.1"]) as server:
...     host, port = server.endpoints[0]
...     found = probe_http(f"http://{host}:{port}/", ProbeOptions(timeout=20.0))
>>> found.outcome, found.responses[0].status, [phase.name for phase in found.phases][:2]
(<ProbeOutcome.REACHED: 'reached'>, 200, ['connect', 'first byte'])
>>> probe_tcp(f"{host}:{port}").outcome  # it has ended
<ProbeOutcome.REFUSED: 'refused'>

In asynchronous code the same is awaited: `aprobe_http`. In a notebook, where an event loop is running
already, both kinds do.
"""

from __future__ import annotations

from netanatomy.active.probe.draft import ProbeOptions
from netanatomy.active.probe.greeting import aprobe_greeting, probe_greeting
from netanatomy.active.probe.http import HttpOptions, aprobe_http, probe_http
from netanatomy.active.probe.ports import PortOptions, aprobe_ports, parse_ports, probe_ports
from netanatomy.active.probe.socks import aprobe_socks, probe_socks
from netanatomy.active.probe.tcp import aprobe_tcp, probe_tcp
from netanatomy.active.probe.tls import aprobe_tls, probe_tls
from netanatomy.active.probe.udp import aprobe_udp, probe_udp
from netanatomy.active.probe.via import Proxy, parse_proxy
from netanatomy.schema.probe import Probe, ProbeOutcome

__all__ = [
    "HttpOptions",
    "PortOptions",
    "Probe",
    "ProbeOptions",
    "ProbeOutcome",
    "Proxy",
    "aprobe_greeting",
    "aprobe_http",
    "aprobe_ports",
    "aprobe_socks",
    "aprobe_tcp",
    "aprobe_tls",
    "aprobe_udp",
    "parse_ports",
    "parse_proxy",
    "probe_greeting",
    "probe_http",
    "probe_ports",
    "probe_socks",
    "probe_tcp",
    "probe_tls",
    "probe_udp",
]
