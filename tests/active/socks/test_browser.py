"""A browser, Chromium without a window, through our server to pages of nginx."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from netanatomy.active.socks.resolver import ResolutionError
from netanatomy.layers.internet.addresses import Address
from tests.active.resolve.nameservers import Certificates, free_port, make_certificates, program
from tests.active.socks.serving import serving, settings, until
from tests.active.socks.test_peers import running

NAME = "page.test"
PARTS = 30
"""Files that the page takes in: a browser fetches several at once."""

PAGE = """<!doctype html><title>page</title><p id="sum">nothing</p><script>
let sum = 0;
const add = number => { sum += number; document.getElementById("sum").textContent = sum; };
</script>""" + "".join(f'<script src="part{number}.js"></script>' for number in range(PARTS))

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log; types {{ text/html html; text/javascript js; }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{plain}; root {folder}/www; }}
  server {{
    listen 127.0.0.1:{secure} ssl http2; root {folder}/www;
    ssl_certificate {certificates.certificate}; ssl_certificate_key {certificates.key};
  }}
}}
"""


@dataclass(frozen=True)
class Pages:
    """The ports of nginx, without and with TLS."""

    plain: int
    secure: int


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    nginx = program("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("pages")
    certificates: Certificates = make_certificates(folder)
    found = Pages(free_port(), free_port())
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text(PAGE)
    for number in range(PARTS):
        # A part is large, so that connections are busy for a while; a comment fills it up.
        content = f"add({2**number});\n/*{'x' * 200_000}*/"
        (folder / "www" / f"part{number}.js").write_text(content)
    (folder / "nginx.conf").write_text(
        CONFIGURATION.format(folder=folder, plain=found.plain, secure=found.secure, certificates=certificates)
    )
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, found.plain, folder / "log"):
        yield found


def browse(url: str, proxy: str, folder: Path, *more: str) -> str:
    """The page as the browser has it once its scripts have run."""
    command = [program("chromium", "chromium"), "--headless", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={folder}/profile", f"--proxy-server={proxy}", "--no-pings"]
    # By itself a browser takes no proxy for loopback.
    command += ["--proxy-bypass-list=<-loopback>", "--virtual-time-budget=10000", *more]
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # it does not start as root with one
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(folder)}
    found = subprocess.run(
        [*command, "--dump-dom", url], env=environment, capture_output=True, timeout=60, check=False
    )
    assert found.returncode == 0, found.stderr.decode(errors="replace")[-2000:]
    return found.stdout.decode()


async def resolve(name: str) -> Sequence[Address]:
    """There is one name in this world."""
    if name != NAME:
        raise ResolutionError(f"{name}: nobody knows it here")
    return (ip_address("127.0.0.1"),)


WHOLE = f'<p id="sum">{2**PARTS - 1}</p>'


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_with_many_parts(pages: Pages, tmp_path: Path, scheme: str) -> None:
    port = pages.plain if scheme == "http" else pages.secure
    with serving(settings(), resolve=resolve) as proxy:
        found = browse(
            f"{scheme}://{NAME}:{port}/index.html",
            f"socks5://127.0.0.1:{proxy.port}",
            tmp_path,
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # it must not ask for names itself
            "--ignore-certificate-errors",
        )
        until(lambda: not proxy.sessions())
        lines = [each for each in proxy.lines if each["destination_port"] == port]
    assert WHOLE in found
    assert {each["destination"] for each in lines} == {NAME}
    assert {each["connected"] for each in lines} == {"127.0.0.1"}
    assert sum(each["octets_down"] for each in lines) > PARTS * 200_000
    if scheme == "http":
        assert len(lines) > 1  # several connections at once


def test_socks4_with_addresses(pages: Pages, tmp_path: Path) -> None:
    with serving(settings(socks4=True), resolve=resolve) as proxy:
        found = browse(
            f"http://{NAME}:{pages.plain}/index.html",
            f"socks4://127.0.0.1:{proxy.port}",
            tmp_path,
            f"--host-resolver-rules=MAP {NAME} 127.0.0.1",  # SOCKS4 has no names
        )
        until(lambda: not proxy.sessions())
        destinations = {
            each["destination"] for each in proxy.lines if each["destination_port"] == pages.plain
        }
    assert WHOLE in found
    assert destinations == {"127.0.0.1"}


def test_what_is_denied_is_an_error_of_the_page(pages: Pages, tmp_path: Path) -> None:
    with serving(settings(rules=()), resolve=resolve) as proxy:
        found = browse(
            f"http://{NAME}:{pages.plain}/index.html", f"socks5://127.0.0.1:{proxy.port}", tmp_path
        )
        outcomes = {each["outcome"] for each in proxy.lines if each["destination"] == NAME}
    assert 'id="sum"' not in found
    assert outcomes == {"denied"}
