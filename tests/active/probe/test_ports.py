"""An inventory of ports, on loopback; what nmap says where it is installed."""

from __future__ import annotations

import http.server
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from netanatomy.active.probe import ports as module
from netanatomy.active.probe.names import Found, SocketAddress
from netanatomy.active.probe.port_states import ranges
from netanatomy.active.probe.ports import PortOptions, parse_ports, probe_ports
from netanatomy.errors import UsageError
from netanatomy.report.plain import plain_text
from netanatomy.report.ports_view import ports_document
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, program, running, saying
from tests.active.probe.test_tcp_udp import full_listener

FAST = PortOptions(rate=5000, wait=0.4, timeout=1)


def test_open_closed_filtered_and_what_speaks(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ports")
    pem, secure, closed = authority.server("good"), free_port(), free_port()
    openssl = [program("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{secure}"]
    with (
        saying(b"SSH-2.0-x\r\n") as (ssh, _),
        saying(b"HTTP/1.0 200 OK\r\n\r\n", hear=True) as (http, _),
        saying(b"", linger=3) as (silent, _),
        running([*openssl, "-cert", str(pem), "-key", str(pem), "-quiet"], secure, folder),
    ):
        ports = sorted([ssh, http, silent, secure, closed])
        found = probe_ports("127.0.0.1", ports, FAST)
        plain = probe_ports("127.0.0.1", ports, PortOptions(rate=5000, identify=False))
        nmap = shutil.which("nmap")
        if nmap is not None:
            listed = ",".join(map(str, ports))
            theirs = subprocess.run(
                [nmap, "-sT", "-Pn", "-p", listed, "127.0.0.1"], capture_output=True, text=True, check=True
            )
            opened = sorted(
                int(port) for port in re.findall(r"^(\d+)/tcp +open", theirs.stdout, re.MULTILINE)
            )
            assert opened == [each.port for each in found.open]
    services = {each.port: each.service for each in found.open}
    assert services == {ssh: "ssh", http: "http", silent: "", secure: "tls"}
    assert (found.closed, found.filtered, found.hosts) == (1, 0, 1)
    (state,) = found.states
    assert (state.addresses, parse_ports(state.open)) == (("127.0.0.1",), tuple(sorted(services)))
    assert (state.closed, state.filtered, state.failed) == (str(closed), "", "")
    assert {each.port for each in plain.open} == set(services)
    assert {each.service for each in plain.open} == {""}


def test_silence_is_filtered() -> None:
    with full_listener() as (address, port):
        found = probe_ports(address, [port], PortOptions(timeout=0.2))
    assert (found.filtered, found.hosts, found.open) == (1, 0, ())
    assert [(each.filtered, each.closed) for each in found.states] == [(str(port), "")]


def test_a_network_with_its_counts_and_its_pace() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.9", port)):
        begun = time.monotonic()
        found = probe_ports("127.0.0.0/28", [port], PortOptions(rate=50, identify=False))
        taken = time.monotonic() - begun
    assert [(each.address, each.port) for each in found.open] == [("127.0.0.9", port)]
    assert (found.addresses, found.closed + found.open_count, found.hosts) == (14, 14, 14)
    opened = {each.addresses: each.open for each in found.states}
    assert opened.pop(("127.0.0.9",)) == str(port)
    (others,) = opened  # all that is the same stands together
    assert (len(others), opened[others]) == (13, "")
    assert taken > 0.2


def test_what_is_too_large_or_no_network() -> None:
    for target in ("127.0.0.0/23", "::/64", "10.0.0.0/8", "x/24", "224.0.0.0/28", "127.0.0.1/99"):
        with pytest.raises(UsageError):
            probe_ports(target, [1])
    with pytest.raises(UsageError, match="--yes"):
        probe_ports("127.0.0.0/23", [1])


@pytest.mark.parametrize("text", ["", ",", "0", "65536", "9-1", "1-99999", "nothing-such", "1--2", "-", "²"])
def test_ports_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ports(text)


PATIENT = PortOptions(rate=5000, wait=5, timeout=20)


def test_https_is_no_http(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nginx answers HTTP in clear at a port of TLS, with an error."""
    nginx, folder = program("nginx", "nginx-light"), tmp_path_factory.mktemp("nginx")
    secure, plain = free_port(), free_port()
    pem = authority.server("good")
    written = folder / "nginx.conf"
    written.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{ }}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2;\n"
        f"fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;\n"
        f"server {{ listen 127.0.0.1:{secure} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};\n"
        f"return 200 'hello'; }}\n"
        f"server {{ listen 127.0.0.1:{plain}; return 400 'no'; }} }}\n"
    )
    with running([nginx, "-c", str(written), "-e", str(folder / "error.log")], secure, folder):
        found = probe_ports("localhost", [secure, plain], replace(PATIENT, family=socket.AF_INET))
    services = {each.port: each for each in found.open}
    assert {port: each.service for port, each in services.items()} == {secure: "https", plain: "http"}
    assert services[secure].banner.startswith(b"HTTP/1.1 200 ")
    facts = services[secure].tls
    assert facts is not None and services[plain].tls is None
    assert facts.chain[0].names == ("localhost", "127.0.0.1", "::1")
    text = "\n".join(plain_text(ports_document(found)))
    assert "https" in text and "localhost, 127.0.0.1, ::1" in text and "(30 days)" in text


def test_https_that_is_silent_in_clear_is_told_with_its_certificate(authority: Authority) -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_request(self, *_: object) -> None:
            """Nothing on standard error."""

        log_error = log_request

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server("expired"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found = probe_ports("127.0.0.1", [server.server_port], PATIENT)
        server.shutdown()
        thread.join()
    (opened,) = found.open
    assert opened.service == "https" and opened.tls is not None
    assert "CERT_HAS_EXPIRED" in [error.name for error in opened.tls.errors]
    assert "CERT_HAS_EXPIRED" in "\n".join(plain_text(ports_document(found)))


def test_each_port_is_named_in_ranges() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        around = range(port - 3, port + 4) if 3 < port < 65532 else (port,)
        found = probe_ports("127.0.0.1", around, PortOptions(rate=5000, identify=False))
    (state,) = found.states
    told = [*parse_ports(state.open), *(parse_ports(state.closed) if state.closed else ())]
    assert sorted(told) == list(around) and str(port) in state.open
    text = "\n".join(plain_text(ports_document(found)))
    assert state.closed.replace(",", ", ") in text
    assert ranges([1, 2, 3, 5, 7, 8]) == "1-3,5,7-8"


def test_a_family_without_a_way_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    found_addresses: Found = [
        (socket.AF_INET6, ("2001:db8::1", 0, 0, 0)),
        (socket.AF_INET, ("127.0.0.1", 0)),
        (socket.AF_INET, ("127.0.0.2", 0)),
    ]

    async def addresses(host: str, port: int, family: int) -> Found:
        return found_addresses

    def has_way(family: int, address: SocketAddress) -> bool:
        return family == socket.AF_INET

    monkeypatch.setattr(module, "addresses", addresses)
    monkeypatch.setattr(module, "_has_way", has_way)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = probe_ports("both.test", [port], PortOptions(identify=False))
    assert [(each.address, each.port) for each in found.open] == [("127.0.0.1", port)]
    assert any("2001:db8::1 is not asked" in note for note in found.notes)
    assert any("also stands for 127.0.0.2" in note for note in found.notes)


def test_both_families_are_told_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        six = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")

    async def addresses(host: str, port: int, family: int) -> Found:
        return [(socket.AF_INET6, ("::1", 0, 0, 0)), (socket.AF_INET, ("127.0.0.1", 0))]

    monkeypatch.setattr(module, "addresses", addresses)
    with six:
        port = six.getsockname()[1]
        found = probe_ports("both.test", [port], PortOptions(identify=False))
    assert (found.addresses, found.notes) == (2, ())
    assert {each.addresses: (each.open, each.closed) for each in found.states} == {
        ("::1",): (str(port), ""),
        ("127.0.0.1",): ("", str(port)),
    }
