"""SOCKS: a client, a server, and what a proxy lets one do.

A server that goes to loopback, for this example only, and a connection through it:

>>> import asyncio
>>> from ipaddress import ip_address
>>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, aconnect, parse_rule
>>> async def example() -> bytes:
...     async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
...         writer.write(b"hello")
...         writer.close()
...     greeter = await asyncio.start_server(greet, "127.0.0.1", 0)
...     rules = (parse_rule("127.0.0.0/8", allow=True),)
...     listen = (Endpoint(ip_address("127.0.0.1"), 0),)
...     server = SocksServer(Settings(listen=listen, rules=rules), lambda line: None)
...     await server.start()
...     proxy = f"socks5h://127.0.0.1:{server.listening[0].port}"
...     reader, writer = await aconnect(proxy, "127.0.0.1", greeter.sockets[0].getsockname()[1])
...     said = await reader.read()
...     writer.close()
...     await server.stop(1)
...     greeter.close()
...     return said
>>> asyncio.run(example())
b'hello'

What it will not do says why:

>>> from netanatomy.active.socks import Policy
>>> Policy().check(ip_address("::ffff:169.254.169.254"), 80).allowed
False
"""

from __future__ import annotations

from netanatomy.active.socks.client import (
    Association,
    Bound,
    aassociate,
    abind,
    aconnect,
    associate,
    bind,
    connect,
)
from netanatomy.active.socks.failure import SocksError
from netanatomy.active.socks.policy import Endpoint, Policy, Rule, Verdict, parse_rule
from netanatomy.active.socks.proxy import Proxy, parse_proxy
from netanatomy.active.socks.server import SocksServer
from netanatomy.active.socks.settings import Credentials, Limits, Settings

__all__ = [
    "Association",
    "Bound",
    "Credentials",
    "Endpoint",
    "Limits",
    "Policy",
    "Proxy",
    "Rule",
    "Settings",
    "SocksError",
    "SocksServer",
    "Verdict",
    "aassociate",
    "abind",
    "aconnect",
    "associate",
    "bind",
    "connect",
    "parse_proxy",
    "parse_rule",
]
