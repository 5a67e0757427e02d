"""Others' clients through our server, and our client and check through others' servers: all on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from netanatomy.active.probe import ProbeOptions, ProbeOutcome, probe_http, probe_tcp
from netanatomy.active.probe.via import parse_proxy as parse_via
from netanatomy.active.socks import Credentials, SocksError, associate, bind, connect, parse_proxy
from netanatomy.active.socks.check import check_proxy
from netanatomy.schema.socks_check import Answer, CheckOutcome, ProxyCheck
from tests.active.resolve.nameservers import Certificates, free_port, make_certificates, program
from tests.active.socks.serving import echo, read_exactly, serving, settings, target
from tests.active.socks.test_commands import server_context, udp_echo

BODY = bytes(range(256)) * 4000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def http() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


def curl(*options: str) -> subprocess.CompletedProcess[bytes]:
    command = [program("curl", "curl"), "--silent", "--show-error", "--max-time", "20", *options]
    return subprocess.run(command, env={}, check=False, capture_output=True, timeout=40)


# Others' clients.


@pytest.mark.parametrize("option", ["--socks5", "--socks5-hostname", "--socks4", "--socks4a"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_curl(http: int, option: str, host: str) -> None:
    with serving(settings(socks4=True)) as proxy:
        found = curl(option, f"127.0.0.1:{proxy.port}", f"http://{host}:{http}/")
        assert found.stdout == BODY, found.stderr
        named = option in ("--socks5-hostname", "--socks4a") and host == "localhost"
        assert proxy.logged()[0]["destination"] == ("localhost" if named else "127.0.0.1")


def test_curl_with_a_password(http: int) -> None:
    with serving(settings(credentials=Credentials({b"anna": b"secret"}))) as proxy:
        address = f"127.0.0.1:{proxy.port}"
        good = curl("--socks5", address, "--proxy-user", "anna:secret", f"http://127.0.0.1:{http}/")
        assert good.stdout == BODY
        assert curl("--socks5", address, f"http://127.0.0.1:{http}/").returncode == 97  # CURLE_PROXY
        bad = curl("--socks5", address, "--proxy-user", "anna:guess", f"http://127.0.0.1:{http}/")
        assert bad.returncode == 97


def test_curl_is_told_why() -> None:
    with serving() as proxy:
        found = curl("--socks5", f"127.0.0.1:{proxy.port}", "http://10.0.0.1/")
        assert found.returncode == 97
        assert b"(2)" in found.stderr  # RFC 1928 section 6: not allowed by ruleset


def test_openssl_wraps_it_into_tls(tmp_path: Path) -> None:
    certificates: Certificates = make_certificates(tmp_path)
    openssl = program("openssl", "openssl")
    with serving(settings(tls=server_context(certificates))) as proxy, target(echo) as port:
        command = [openssl, "s_client", "-quiet", "-verify_return_error", "-verify_quiet"]
        command += ["-CAfile", str(certificates.authority), "-connect", f"127.0.0.1:{proxy.port}"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(
                b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2, "big") + b"hi"
            )
            process.stdin.flush()
            found = process.stdout.read(14)
            process.kill()
        assert found[:4] == b"\x05\x00\x05\x00"
        assert found[-2:] == b"hi"


# Others' servers.


@contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"{command[0]} does not run: {log.read_text()[-2000:]}") from None
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def microsocks(folder: Path, *options: str) -> Iterator[int]:
    port = free_port()
    command = [program("microsocks", "microsocks"), "-i", "127.0.0.1", "-p", str(port), *options]
    with running(command, port, folder / "log"):
        yield port


@contextmanager
def dante(folder: Path) -> Iterator[int]:
    path = program("danted", "dante-server")
    if os.geteuid() != 0:
        pytest.skip("dante wants to be started by root")
    port = free_port()
    (folder / "danted.conf").write_text(
        f"""
logoutput: stderr
internal: 127.0.0.1 port = {port}
external: 127.0.0.1
external: ::1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0/0 }}
socks block {{ from: 0/0 to: 127.0.0.9/32 }}
socks pass {{ from: 127.0.0.0/8 to: 0/0 protocol: tcp udp }}
"""
    )
    command = [path, "-f", str(folder / "danted.conf"), "-p", str(folder / "pid"), "-N", "1"]
    with running(command, port, folder / "log"):
        yield port


@contextmanager
def ssh_dynamic(folder: Path) -> Iterator[int]:
    """`ssh -D` through an sshd of our own at a high port."""
    ssh, sshd = program("ssh", "openssh-client"), program("sshd", "openssh-server")
    keygen = program("ssh-keygen", "openssh-client")
    for name in ("host", "user"):
        command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    shutil.copy(folder / "user.pub", folder / "authorized")
    server, port = free_port(), free_port()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{server}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nAllowTcpForwarding yes\n"
        f"PidFile {folder}/sshd.pid\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks its helper up; its package makes it
    client = [
        ssh,
        "-F",
        "none",
        "-N",
        "-D",
        f"127.0.0.1:{port}",
        "-p",
        str(server),
        "-i",
        str(folder / "user"),
    ]
    client += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known"]
    client += ["-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "127.0.0.1"]
    with (
        running([sshd, "-D", "-e", "-f", str(folder / "sshd_config")], server, folder / "sshd.log"),
        running(client, port, folder / "ssh.log"),
    ):
        yield port


SCHEMES = {
    # What each one's documentation promises.
    microsocks: ("socks5", "socks5h"),
    dante: ("socks5", "socks5h", "socks4"),
    ssh_dynamic: ("socks5", "socks5h", "socks4", "socks4a"),
}


@pytest.mark.parametrize("start", SCHEMES)
def test_our_client(start: Callable[[Path], AbstractContextManager[int]], tmp_path: Path) -> None:
    with start(tmp_path) as proxy, target(echo) as port:
        for scheme in SCHEMES[start]:
            with connect(f"{scheme}://127.0.0.1:{proxy}", "localhost", port) as connection:
                connection.sendall(b"hello")
                assert read_exactly(connection, 5) == b"hello"
        if start is not dante:
            with pytest.raises(SocksError):
                bind(f"socks5h://127.0.0.1:{proxy}", "127.0.0.1", port)


@pytest.mark.parametrize("start", SCHEMES)
def test_ipv6_behind_it(start: Callable[[Path], AbstractContextManager[int]], tmp_path: Path) -> None:
    with (
        start(tmp_path) as proxy,
        target(echo, "::1") as port,
        connect(f"socks5://127.0.0.1:{proxy}", "::1", port) as connection,
    ):
        connection.sendall(b"hello")
        assert read_exactly(connection, 5) == b"hello"


@pytest.mark.parametrize("start", SCHEMES)
def test_our_probes_go_through(
    start: Callable[[Path], AbstractContextManager[int]], http: int, tmp_path: Path
) -> None:
    with start(tmp_path) as proxy:
        options = ProbeOptions(via=parse_via(f"socks5://127.0.0.1:{proxy}"))
        found = probe_http(f"http://localhost:{http}/", options)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
        refused = probe_tcp(f"127.0.0.1:{port}", options=options)
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    (response,) = found.responses
    assert (response.status, response.body_length) == (200, len(BODY))
    assert "proxy" in [phase.name for phase in found.phases]
    # What is behind the proxy says no, and the proxy says so: each in its own way.
    assert refused.outcome is ProbeOutcome.PROXY, refused.detail
    assert f"socks5://127.0.0.1:{proxy}" in refused.detail


def test_microsocks_with_a_password(tmp_path: Path) -> None:
    with microsocks(tmp_path, "-u", "anna", "-P", "secret") as proxy, target(echo) as port:
        with connect(f"socks5h://anna:secret@127.0.0.1:{proxy}", "localhost", port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        for wrong in ("", "anna:guess@"):
            with pytest.raises(SocksError):
                connect(f"socks5h://{wrong}127.0.0.1:{proxy}", "localhost", port)
        stranger = check_proxy(parse_proxy(f"127.0.0.1:{proxy}"))
        friend = check_proxy(parse_proxy(f"socks5h://anna:secret@127.0.0.1:{proxy}"))
    assert stranger.outcome is CheckOutcome.SOUND
    assert answers(stranger)["no authentication"] is Answer.NO
    assert answers(stranger)["user and password"] is Answer.YES
    assert friend.outcome is CheckOutcome.CONCERN  # who has the password reaches loopback
    assert answers(friend)["CONNECT"] is Answer.YES


def test_datagrams_and_bind_through_dante(tmp_path: Path) -> None:
    with dante(tmp_path) as proxy, udp_echo() as (host, port):
        with associate(f"127.0.0.1:{proxy}") as association:
            association.send(b"hello", host, port)
            assert association.receive(timeout=10)[0] == b"hello"
        for expected in (21, 0):  # 0: the client does not know it
            with (
                bind(f"127.0.0.1:{proxy}", "127.0.0.1", expected) as bound,
                socket.create_connection((str(bound.address.host), bound.address.port), 10) as peer,
            ):
                connection, who = bound.accept(timeout=10)
                assert (str(who.host), who.port) == peer.getsockname()
                peer.sendall(b"hello")
                assert read_exactly(connection, 5) == b"hello"


def answers(check: ProxyCheck) -> dict[str, Answer]:
    return {
        line.subject: line.answer for line in check.lines if line.topic in ("version", "command", "method")
    }


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # By each one's own documentation.
        (
            microsocks,
            {"SOCKS5": True, "SOCKS4": False, "CONNECT": True, "BIND": False, "UDP ASSOCIATE": False},
        ),
        (dante, {"SOCKS5": True, "SOCKS4": True, "CONNECT": True, "BIND": True, "UDP ASSOCIATE": True}),
        (
            ssh_dynamic,
            {"SOCKS5": True, "SOCKS4": True, "SOCKS4a": True, "CONNECT": True, "UDP ASSOCIATE": False},
        ),
    ],
)
def test_our_check(
    start: Callable[[Path], AbstractContextManager[int]], expected: dict[str, bool], tmp_path: Path
) -> None:
    with start(tmp_path) as proxy:
        found = check_proxy(parse_proxy(f"127.0.0.1:{proxy}"))
    assert found.outcome is CheckOutcome.CONCERN  # each of them reaches loopback
    given = answers(found)
    assert {name: given[name] is Answer.YES for name in expected} == expected
    assert given["no authentication"] is Answer.YES
