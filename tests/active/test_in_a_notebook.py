"""What waits may be called where an event loop is running already, as in a notebook."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar

import pytest

import netanatomy as na
from netanatomy.active.background import result_of
from netanatomy.active.echo import EchoServer, HttpEcho, TcpEcho, TlsEcho, UdpEcho
from netanatomy.active.probe import PortOptions
from netanatomy.errors import UsageError

# A coroutine that nobody awaits is warned about.
pytestmark = pytest.mark.filterwarnings("error")


def in_a_loop(work: Callable[[], object]) -> object:
    """What comes of it where an event loop is running."""

    async def notebook() -> object:
        return work()

    return asyncio.run(notebook())


def threads() -> int:
    return sum(thread.name == "netanatomy" for thread in threading.enumerate())


@contextmanager
def served(kind: type[EchoServer]) -> Iterator[str]:
    with kind(["127.0.0.1"]) as server:
        host, port = server.endpoints[0]
        yield f"{host}:{port}"


@contextmanager
def refused() -> Iterator[str]:
    """A place at which nobody listens, and nobody else may meanwhile."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        host, port = taken.getsockname()
        yield f"{host}:{port}"


def probed_tcp() -> None:
    with served(TcpEcho) as target:
        found = na.probe.probe_tcp(target, b"hello")
    assert found.exchange is not None
    assert found.exchange.received == b"hello"


def probed_udp() -> None:
    with served(UdpEcho) as target:
        found = na.probe.probe_udp(target, b"hello")
    assert found.exchange is not None
    assert found.exchange.received == b"hello"


def probed_tls() -> None:
    with served(TlsEcho) as target:
        assert na.probe.probe_tls(target).tls is not None


def probed_http() -> None:
    with served(HttpEcho) as target:
        assert na.probe.probe_http(f"http://{target}/").responses[0].status == 200


def probed_ports() -> None:
    with served(TcpEcho) as target:
        host, _, port = target.rpartition(":")
        assert na.probe.probe_ports(host, [int(port)], PortOptions(identify=False)).open_count == 1


def probed_greeting() -> None:
    with refused() as target:
        assert na.probe.probe_greeting("smtp", target).outcome is na.probe.ProbeOutcome.REFUSED


def probed_socks() -> None:
    with refused() as target:
        assert na.probe.probe_socks(target).outcome is na.probe.ProbeOutcome.REFUSED


def resolved() -> None:
    assert na.resolve("localhost", ["A"])[0].data == ("127.0.0.1",)


def resolved_many() -> None:
    found = na.resolve_many(["localhost", "not..a.name"], ["A"])
    assert [each.answers[0].data for each in found] == [("127.0.0.1",), ()]


EVERY = (
    probed_tcp,
    probed_udp,
    probed_tls,
    probed_http,
    probed_ports,
    probed_greeting,
    probed_socks,
    resolved,
    resolved_many,
)


@pytest.mark.parametrize("work", EVERY)
def test_it_waits_where_a_loop_is_running(work: Callable[[], None]) -> None:
    in_a_loop(work)
    assert threads() == 0


def test_a_request_that_makes_no_sense_is_an_error_there_too() -> None:
    with pytest.raises(UsageError) as caught:
        in_a_loop(lambda: na.probe.probe_tcp("no port"))
    assert caught.value.__context__ is None
    with pytest.raises(UsageError) as plain:
        na.probe.probe_tcp("no port")
    assert str(plain.value) == str(caught.value)
    assert plain.value.__context__ is None
    assert threads() == 0


def test_context_variables_are_there() -> None:
    said = ContextVar("said", default="nothing")

    async def work() -> str:
        return said.get()

    def notebook() -> str:
        said.set("hello")
        return result_of(work())

    assert in_a_loop(notebook) == "hello"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system sends no signals to threads")
def test_an_interruption_ends_the_work() -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("only the main thread is interrupted")
    main = threading.get_ident()
    ended = []

    async def work() -> None:
        signal.pthread_kill(main, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(asyncio.current_task())

    async def notebook() -> None:
        result_of(work())

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # As notebooks do; `asyncio.run` would handle the signal by itself.
    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(notebook())
    finally:
        loop.close()
        signal.signal(signal.SIGINT, before)
    assert len(ended) == 1
    assert threads() == 0
