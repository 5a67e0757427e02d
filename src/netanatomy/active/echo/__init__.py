"""Echo servers for tests: what comes in goes back. Loopback only, unless another address is given.

>>> import asyncio
>>> async def example() -> bytes:
...     async with TcpEcho(["127.0.0.1"]) as server:
...         reader, writer = await asyncio.open_connection(*server.endpoints[0])
...         writer.write(b"hello")
...         octets = await reader.readexactly(5)
...         writer.close()
...         return octets
>>> asyncio.run(example())
b'hello'

In code that is not asynchronous, a server runs in a thread of its own:

>>> import socket
>>> with TcpEcho(["127.0.0.1"]) as server, socket.create_connection(server.endpoints[0]) as connection:
...     connection.sendall(b"hello")
...     connection.recv(5, socket.MSG_WAITALL)
b'hello'
"""

from __future__ import annotations

from netanatomy.active.echo.http import HttpEcho
from netanatomy.active.echo.limits import Counts, Limits
from netanatomy.active.echo.server import LOOPBACK, EchoServer
from netanatomy.active.echo.tcp import TcpEcho
from netanatomy.active.echo.tls import TlsEcho
from netanatomy.active.echo.udp import UdpEcho

__all__ = ["LOOPBACK", "Counts", "EchoServer", "HttpEcho", "Limits", "TcpEcho", "TlsEcho", "UdpEcho"]
