"""SOCKS: a client, a server, and what a proxy lets one do.

A server that goes to loopback, for this example only, an echo behind it, and a connection through both:

>>> import socket
>>> from ipaddress import ip_address
>>> from netanatomy.active.echo import TcpEcho
>>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, connect, parse_rule
>>> settings = Settings(
...     listen=(Endpoint(ip_address("127.0.0.1"), 0),), rules=(parse_rule("127.0.0.0/8", allow=True),)
... )
>>> with TcpEcho(["127.0.0.1"]) as echo, SocksServer(settings, log=lambda line: None) as server:
...     proxy = f"socks5h://127.0.0.1:{server.listening[0].port}"
...     with connect(proxy, *echo.endpoints[0]) as connection:
...         connection.sendall(b"hello")
...         connection.recv(5, socket.MSG_WAITALL)
b'hello'

The same in asynchronous code, by `async with` and `aconnect`:

>>> import asyncio
>>> from netanatomy.active.socks import aconnect
>>> async def example() -> bytes:
...     async with TcpEcho(["127.0.0.1"]) as echo, SocksServer(settings, lambda line: None) as server:
...         proxy = f"socks5h://127.0.0.1:{server.listening[0].port}"
...         reader, writer = await aconnect(proxy, *echo.endpoints[0])
...         writer.write(b"hello")
...         said = await reader.readexactly(5)
...         writer.close()
...         return said
>>> asyncio.run(example())
b'hello'

What it will not do says why:

>>> from netanatomy.active.socks import Policy
>>> Policy().check(ip_address("::ffff:169.254.169.254"), 80).allowed
False
"""

from __future__ import annotations

from netanatomy.active.socks.check import acheck_proxy, check_proxy
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
from netanatomy.active.socks.failure import PasswordRefusedError, SocksError
from netanatomy.active.socks.policy import Endpoint, Policy, Rule, Verdict, parse_rule
from netanatomy.active.socks.proxy import Proxy, parse_proxy
from netanatomy.active.socks.server import SocksServer
from netanatomy.active.socks.settings import Credentials, Limits, Settings
from netanatomy.layers.application.socks_fields import Destination

__all__ = [
    "Association",
    "Bound",
    "Credentials",
    "Destination",
    "Endpoint",
    "Limits",
    "PasswordRefusedError",
    "Policy",
    "Proxy",
    "Rule",
    "Settings",
    "SocksError",
    "SocksServer",
    "Verdict",
    "aassociate",
    "abind",
    "acheck_proxy",
    "aconnect",
    "associate",
    "bind",
    "check_proxy",
    "connect",
    "parse_proxy",
    "parse_rule",
]
