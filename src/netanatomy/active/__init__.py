"""The active tools: they ask, connect and serve, instead of reading what others recorded.

| tool | asks, serves or tells | in asynchronous code |
|---|---|---|
| `resolve` | `resolve`, `resolve_many` | `aresolve`, `aresolve_many` |
| `probe` | `probe_tcp`, `probe_udp`, `probe_tls`, `probe_http` … | `aprobe_tcp` … |
| `socks` | `connect`, `bind`, `associate`, `check_proxy`, `with SocksServer(…)` | `aconnect` … |
| `echo` | `with TcpEcho(…)`, `UdpEcho`, `TlsEcho`, `HttpEcho` | `async with` |
| `service`, `address` | `lookup`, `describe` | the same: they wait for nobody |

A server inside `with` runs in a thread of its own, until the block ends; inside `async with` in the
running event loop. So a client and a server need no more than this:

>>> import netanatomy as na
>>> with na.echo.TcpEcho(["127.0.0.1"]) as server:
...     host, port = server.endpoints[0]
...     found = na.probe.probe_tcp(f"{host}:{port}", b"hello")
>>> found.outcome.value, found.exchange.received
('reached', b'hello')

What somebody else does is never an exception: a refusal is an outcome like any other.

>>> na.probe.probe_tcp(f"{host}:{port}").outcome.value
'refused'

What waits may be called where an event loop is running already, as in a notebook. That loop stands still
meanwhile: of a server that it runs itself, by `async with`, one asks with the twin for asynchronous code.

>>> import asyncio
>>> async def notebook() -> str:
...     with na.echo.UdpEcho(["127.0.0.1"]) as server:
...         return na.probe.probe_udp("%s:%d" % server.endpoints[0], b"hello").outcome.value
>>> asyncio.run(notebook())
'reached'
"""
