"""Real proxies that want a login: dante and microsocks for SOCKS5, tinyproxy for HTTP."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.active.probe.programs import free_port, program, running

USER, PASSWORD = "anna", "s3cret wörd:%"


@contextmanager
def dante(folder: Path, method: str, user: str = "nobody") -> Iterator[int]:
    """The port of danted; `method` is `none` or `username`.

    With `username` it asks the system's own list of users: so it runs in a mount namespace in which that
    list has one user more.
    """
    path = program("danted", "dante-server")
    unshare, openssl = program("unshare", "util-linux"), program("openssl", "openssl")
    if os.geteuid() != 0:
        pytest.skip("dante wants to be started by root")
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "danted.conf").write_text(
        f"logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n"
        f"clientmethod: none\nsocksmethod: {method}\nuser.privileged: root\nuser.unprivileged: {user}\n"
        "client pass { from: 127.0.0.0/8 to: 0/0 }\n"
        "socks pass { from: 127.0.0.0/8 to: 0/0 protocol: tcp udp }\n"
    )
    hashed = subprocess.run(
        [openssl, "passwd", "-6", "-stdin"], input=PASSWORD.encode(), capture_output=True, check=True
    ).stdout.decode()
    own, secret = folder / "passwd", folder / "shadow"
    own.write_text(
        Path("/etc/passwd").read_text() + f"{USER}:x:64999:65534::/nonexistent:/usr/sbin/nologin\n"
    )
    secret.write_text(f"{USER}:{hashed.strip()}:19000:0:99999:7:::\n")
    secret.chmod(0o600)
    binds = [f"mount --bind {shlex.quote(str(file))} /etc/{file.name}" for file in (own, secret)]
    configuration, number = shlex.quote(str(folder / "danted.conf")), shlex.quote(str(folder / "pid"))
    script = " && ".join([*binds, f"exec {path} -f {configuration} -p {number} -N 1"])
    with running([unshare, "--mount", "sh", "-c", script], port, folder):
        yield port


@contextmanager
def microsocks(folder: Path) -> Iterator[int]:
    """The port of microsocks, which wants user and password."""
    path, port = program("microsocks", "microsocks"), free_port()
    command = [path, "-i", "127.0.0.1", "-p", str(port), "-u", USER, "-P", PASSWORD]
    with running(command, port, folder):
        yield port


@contextmanager
def tinyproxy(folder: Path, *, login: bool) -> Iterator[int]:
    """The port of tinyproxy, an HTTP proxy; its configuration knows no blank and no colon in a password."""
    path, port = program("tinyproxy", "tinyproxy-bin"), free_port()
    folder.mkdir(exist_ok=True)
    written = folder / f"tinyproxy-{port}.conf"
    written.write_text(
        f"Port {port}\nListen 127.0.0.1\nTimeout 20\nMaxClients 20\nAllow 127.0.0.1\nLogLevel Info\n"
        f'PidFile "{folder}/tinyproxy-{port}.pid"\n' + ("BasicAuth anna s3cret\n" if login else "")
    )
    with running([path, "-d", "-c", str(written)], port, folder):
        yield port
