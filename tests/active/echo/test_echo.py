"""The echo servers, with clients by others: curl, openssl s_client, and plain sockets."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from netanatomy.active.echo import EchoServer, HttpEcho, Limits, TcpEcho, TlsEcho, UdpEcho
from netanatomy.active.echo.tls import from_files, throw_away
from netanatomy.errors import NetanatomyError, UsageError

IPV4 = ("127.0.0.1",)


def program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return path


async def said(server: EchoServer, octets: bytes, place: int = 0) -> bytes:
    """What comes back until the server closes."""
    reader, writer = await asyncio.open_connection(*server.endpoints[place])
    writer.write(octets)
    writer.write_eof()
    found = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return found


async def run(command: list[str], octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return await asyncio.to_thread(subprocess.run, command, input=octets, capture_output=True, timeout=20)


def test_tcp_gives_back_every_octet_on_both_families() -> None:
    octets = random.Random(1).randbytes(3_000_000)

    async def main() -> None:
        async with TcpEcho() as server:
            for place in range(len(server.endpoints)):
                assert await said(server, octets, place) == octets
            assert len({port for _, port in server.endpoints}) == 1
            assert server.counts.octets == len(octets) * len(server.endpoints)

    asyncio.run(main())


def test_a_thousand_connections_at_once_and_one_too_many() -> None:
    async def main() -> None:
        limits = Limits(connections=400)
        async with TcpEcho(IPV4, limits=limits) as server:
            pairs = [await asyncio.open_connection(*server.endpoints[0]) for _ in range(401)]
            for number, (_, writer) in enumerate(pairs):
                writer.write(b"%6d" % number)
            found = await asyncio.gather(*(reader.read(6) for reader, _ in pairs), return_exceptions=True)
            served = [each for each in found if isinstance(each, bytes) and each]
            assert len(served) == 400
            assert (server.counts.served, server.counts.refused) == (400, 1)
            for _, writer in pairs:
                writer.close()

    asyncio.run(main())


def test_limits_of_octets_idleness_and_time() -> None:
    async def main() -> None:
        async with TcpEcho(IPV4, limits=Limits(octets=10)) as server:
            assert await said(server, b"0123456789abc") in (b"0123456789", b"")
            assert server.counts.cut == 1
        for limits in (Limits(idle=0.1), Limits(seconds=0.1)):
            async with TcpEcho(IPV4, limits=limits) as server:
                reader, writer = await asyncio.open_connection(*server.endpoints[0])
                with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                    await asyncio.wait_for(reader.readexactly(1), 10)
                writer.close()
                assert server.counts.cut == 1

    asyncio.run(main())


def test_who_does_not_read_is_not_kept_in_memory() -> None:
    async def main() -> None:
        async with TcpEcho(IPV4, limits=Limits(idle=0.5)) as server:
            with socket.create_connection(server.endpoints[0]) as client:
                client.setblocking(False)
                sent = 0
                for _ in range(2000):
                    try:
                        sent += client.send(bytes(65536))
                    except BlockingIOError:
                        await asyncio.sleep(0.001)
                        if server.counts.cut:
                            break
                    except ConnectionError:
                        break
                assert sent < 100_000_000
            assert server.counts.octets < 50_000_000

    asyncio.run(main())


def test_nothing_in_flight_is_lost_at_the_end() -> None:
    octets = random.Random(2).randbytes(2_000_000)

    async def main() -> None:
        server = TcpEcho(IPV4)
        await server.start()
        reader, writer = await asyncio.open_connection(*server.endpoints[0])
        writer.write(octets)
        found = await reader.readexactly(1)
        while server.counts.octets < len(octets):
            found += await asyncio.wait_for(reader.read(65536), 10)
        ending = asyncio.create_task(server.stop())
        found += await asyncio.wait_for(reader.read(), 10)
        await ending
        writer.close()
        assert found == octets
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection(*server.endpoints[0])

    asyncio.run(main())


def test_udp_answers_clients_and_no_services() -> None:
    async def main() -> None:
        async with UdpEcho(limits=Limits(connections=5)) as server:
            loop = asyncio.get_running_loop()
            for endpoint in server.endpoints:
                family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
                with socket.socket(family, socket.SOCK_DGRAM) as client:
                    client.setblocking(False)
                    client.connect(endpoint)
                    await loop.sock_sendall(client, b"one")
                    assert await asyncio.wait_for(loop.sock_recv(client, 100), 5) == b"one"
            if os.geteuid() == 0:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
                    service.bind(("127.0.0.2", 19))
                    service.sendto(b"x", server.endpoints[0])
                    await asyncio.sleep(0.2)
                    assert server.counts.refused == 1

    asyncio.run(main())


def test_curl_gets_its_request_back() -> None:
    curl = program("curl", "curl")

    async def main() -> None:
        async with HttpEcho() as server:
            for address, port in server.endpoints:
                host = f"[{address}]" if ":" in address else address
                url = f"http://{host}:{port}/a?b=%20c"
                found = await run([curl, "-sS", "-H", "X-Odd: \u00e9", "-d", "a=b", url, url])
                assert found.returncode == 0, found.stderr
                decoder = json.JSONDecoder()
                first, end = decoder.raw_decode(found.stdout.decode())
                second, _ = decoder.raw_decode(found.stdout.decode()[end:].lstrip())
                assert (first["method"], first["target"], first["body"]) == ("POST", "/a?b=%20c", "a=b")
                assert ["Host", f"{host}:{port}"] in first["headers"]
                assert first["client"] == second["client"]  # one connection for both
            assert server.counts.requests == 2 * len(server.endpoints)
            big = random.Random(3).randbytes(3_000_000)
            url = f"http://127.0.0.1:{server.endpoints[0][1]}/"
            command = [curl, "-sS", "-T", "-", "-H", "Transfer-Encoding: chunked", url]
            found = await run(command, big)
            answer = json.loads(found.stdout)
            assert (answer["body_length"], answer["body_truncated"]) == (len(big), True)
            found = await run([curl, "-sS", "--http1.0", "-I", url])
            assert b"200 OK" in found.stdout and found.returncode == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    "octets",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"A" * 70_000,
    ],
)
def test_what_is_no_request_is_refused(octets: bytes) -> None:
    async def main() -> None:
        async with HttpEcho(IPV4) as server:
            found = await said(server, octets)
            assert found.startswith(b"HTTP/1.1 400 ") and server.counts.broken == 1

    asyncio.run(main())


def test_every_truncation_of_a_request_and_a_body_that_is_too_long() -> None:
    request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

    async def main() -> None:
        async with HttpEcho(IPV4) as server:
            for length in range(len(request)):
                assert await said(server, request[:length]) == b""
            assert (await said(server, request)).startswith(b"HTTP/1.1 200 ")
        async with HttpEcho(IPV4, limits=Limits(octets=5)) as server:
            long = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + bytes(50)
            assert (await said(server, long)).startswith(b"HTTP/1.1 413 ")

    asyncio.run(main())


def test_requests_without_waiting_and_a_head_without_body() -> None:
    async def main() -> None:
        async with HttpEcho(IPV4) as server:
            one = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
            last = b"HEAD /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            found = await said(server, one + one + last)
            assert found.count(b"HTTP/1.1 200 OK") == 3
            assert found.endswith(b"Connection: close\r\n\r\n")

    asyncio.run(main())


def test_openssl_trusts_the_certificate_that_is_thrown_away(tmp_path: Path) -> None:
    openssl = program("openssl", "openssl")

    sent = b"hello " * 1000 + b"\n"

    async def main() -> None:
        # The server closes behind the last octet; s_client would wait for more otherwise.
        async with TlsEcho(limits=Limits(octets=len(sent))) as server:
            trust = tmp_path / "trust.pem"
            trust.write_text(server.identity.certificate)
            port = server.endpoints[0][1]
            command = [openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(trust), "-quiet"]
            command.append("-verify_return_error")
            for version in ("-tls1_2", "-tls1_3"):
                for name in (["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"]):
                    found = await run([*command, version, *name], sent)
                    assert b"verify return:1" in found.stderr
                    assert found.stdout == sent
            wrong = await run([*command, "-verify_hostname", "example.org"], sent)
            assert wrong.returncode != 0

    asyncio.run(main())


def test_tls_gives_back_every_octet_with_a_certificate_that_is_given(tmp_path: Path) -> None:
    openssl = program("openssl", "openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    octets = random.Random(4).randbytes(1_000_000)

    async def main() -> None:
        identity = from_files(certificate, key)
        context = ssl.create_default_context(cafile=str(certificate))
        async with TlsEcho(IPV4, identity=identity) as server:
            address = server.endpoints[0]
            streams = await asyncio.open_connection(*address, ssl=context, server_hostname="localhost")
            streams[0]._limit = 2**22  # type: ignore[attr-defined]
            streams[1].write(octets)
            assert await asyncio.wait_for(streams[0].readexactly(len(octets)), 20) == octets
            streams[1].close()
            assert (await said(server, b"no handshake at all\r\n\r\n")).startswith((b"", b"\x15"))

    asyncio.run(main())
    for wrong in ((key, None), (certificate, None), (tmp_path / "none.pem", None)):
        with pytest.raises(UsageError, match="pem"):
            from_files(*wrong)


def test_mistakes_are_told() -> None:
    async def start(server: EchoServer) -> None:
        await server.start()

    with pytest.raises(UsageError, match="IP address"):
        asyncio.run(start(TcpEcho(["example.org"])))
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(NetanatomyError, match="cannot listen"),
    ):
        asyncio.run(start(TcpEcho(IPV4, taken.getsockname()[1])))
    with pytest.raises(NetanatomyError, match=r"192\.0\.2\.1"):
        asyncio.run(start(UdpEcho(["192.0.2.1"])))


def test_throw_away_certificates_differ() -> None:
    assert throw_away(["a"]).fingerprint != throw_away(["a"]).fingerprint


def test_without_a_file_left_connections_wait_and_nothing_is_printed() -> None:
    pytest.importorskip("resource")
    program = """
import asyncio, resource, socket
from netanatomy.active.echo import Limits, TcpEcho

async def main():
    async with TcpEcho(["127.0.0.1"], limits=Limits(connections=10_000)) as server:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        loop, clients = asyncio.get_running_loop(), []
        while True:
            try:
                clients.append(socket.socket())
            except OSError:
                break
        for client in clients:
            client.setblocking(False)
            await loop.sock_connect(client, server.endpoints[0])
        await asyncio.sleep(0.5)
        clients.pop().close()
        while server.counts.served == 0:
            await asyncio.sleep(0.01)
        print("served")
        server.abort()

asyncio.run(main())
"""
    found = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "served\n", "")


def test_a_client_of_tls_that_speaks_none_is_counted_and_the_next_one_served() -> None:
    async def main() -> None:
        async with TlsEcho(IPV4) as server:
            reader, writer = await asyncio.open_connection(*server.endpoints[0])
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            await asyncio.wait_for(reader.read(), 20)
            writer.close()
            while not server.counts.broken:
                await asyncio.sleep(0.01)
            trusting = ssl.create_default_context(cadata=server.identity.certificate)
            reader, writer = await asyncio.open_connection(
                *server.endpoints[0], ssl=trusting, server_hostname="localhost"
            )
            writer.write(b"hello")
            assert await asyncio.wait_for(reader.readexactly(5), 20) == b"hello"
            writer.close()
            assert (server.counts.served, server.counts.broken) == (1, 1)

    asyncio.run(main())
