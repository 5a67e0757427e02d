"""Which versions of TLS and SSL a server takes: a connection and a ClientHello of our own for each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from netanatomy.active.probe.failure import words
from netanatomy.active.probe.stream import Stream
from netanatomy.errors import ParseError
from netanatomy.layers.application.tls import (
    VERSION_NAMES,
    Alert,
    ServerHello,
    Version,
    server_answer,
    suite_name,
)
from netanatomy.layers.application.tls_judgements import judge_suite, judge_version
from netanatomy.layers.application.tls_offer import client_hello, ordinary_suites
from netanatomy.schema.probe import TlsVersion

MAXIMUM_ANSWER = 65_536
"""Octets of an answer that has neither a ServerHello nor an alert."""


async def versions(
    connect: Callable[[], Awaitable[Stream]], server_name: str, patience: float, found: list[TlsVersion]
) -> None:
    """Offer each version on a connection of its own, the newest first.

    All suites of the version are offered in the order of ordinary clients: a server that goes by its client's
    order chooses what it would choose for them.

    Args:
        connect: gives a connection on which TLS may begin.
        server_name: whom one wants (SNI), or empty.
        patience: seconds to wait for the answer to each.
        found: gets the results, each as soon as it is there.
    """
    for version in sorted(Version, reverse=True):
        found.append(await _asked(connect, version, server_name, patience))


async def _asked(
    connect: Callable[[], Awaitable[Stream]], version: Version, server_name: str, patience: float
) -> TlsVersion:
    stream = await connect()
    try:
        async with asyncio.timeout(patience):
            return await _offered(stream, version, server_name)
    except TimeoutError:
        return TlsVersion(VERSION_NAMES[version], None, "", f"no answer in {patience:.1f} s")
    finally:
        stream.close()


async def _offered(stream: Stream, version: Version, server_name: str) -> TlsVersion:
    name = VERSION_NAMES[version]
    answer = bytearray()
    try:
        suites = ordinary_suites(version)
        hello = client_hello(version, server_name=server_name, suites=suites, random=os.urandom(32))
        await stream.send(hello)
        while (said := server_answer(bytes(answer))) is None:
            octets = await stream.receive()
            answer += octets
            if not octets:
                return TlsVersion(name, False, "", "closes the connection without a word")
            if len(answer) > MAXIMUM_ANSWER:
                return TlsVersion(name, None, "", "says much, but nothing of TLS")
    except ParseError as error:
        return TlsVersion(name, None, "", f"does not speak TLS: {error.reason}")
    except ConnectionError as error:
        return TlsVersion(name, False, "", f"breaks the connection: {words(error)}")
    return _judged(name, version, said)


def _judged(name: str, version: Version, said: ServerHello | Alert) -> TlsVersion:
    if isinstance(said, Alert):
        return TlsVersion(name, False, "", f"{said.name} (alert {said.description})")
    if said.version != version:
        chosen = VERSION_NAMES.get(said.version, f"0x{said.version:04x}")
        return TlsVersion(name, False, "", f"answers with {chosen} instead")
    suite = suite_name(said.suite)
    return TlsVersion(name, True, suite, "", judge_version(name) + judge_suite(suite))
