"""Waiting for a connection from outside: what is left behind when nobody comes."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any, cast

import pytest

from netanatomy.active.socks import awaited
from netanatomy.active.socks.session import Session


def test_a_listener_that_was_given_up_is_not_watched_any_more() -> None:
    """Its descriptor has the number of the next socket, whose watch would be lost."""
    trouble: list[dict[str, Any]] = []

    async def gone() -> None:
        return

    async def give_up_and_go_on() -> bytes:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: trouble.append(context))
        session = SimpleNamespace(server=SimpleNamespace(loop=loop), client=SimpleNamespace(over=gone))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            number = listener.fileno()
            with pytest.raises(awaited.LeftError):
                await awaited._accept_or_leave(cast(Session, session), listener, ())
        here, there = socket.socketpair()
        with here, there:
            here.setblocking(False)
            assert number in (here.fileno(), there.fileno())
            one = here if here.fileno() == number else there
            other = there if one is here else here
            came = loop.create_future()
            loop.add_reader(one, lambda: came.done() or came.set_result(one.recv(100)))
            other.send(b"hello")
            try:
                async with asyncio.timeout(5):
                    return cast(bytes, await came)
            finally:
                loop.remove_reader(one)

    assert asyncio.run(give_up_and_go_on()) == b"hello"
    assert not trouble
