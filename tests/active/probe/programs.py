"""Real servers, started and ended by the tests; and one that says whatever it is told to."""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 15.0


def program(name: str, package: str) -> str:
    """The path of a program; the test skips where it is absent."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return path


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nobody uses."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def running(
    command: list[str], port: int, folder: Path, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens at a port, until the end of the block; root may have it run by another user."""
    log = folder / f"{Path(command[0]).name}-{port}.log"
    group = pwd.getpwnam(user).pw_gid if user else None
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            cwd=folder,
            user=user,
            group=group,
            extra_groups=() if user else None,
        )
        try:
            wait_for(port, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE)
            if process.stdin is not None:
                process.stdin.close()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until somebody listens."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{process.args!r} does not listen: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        else:
            return


@contextmanager
def saying(
    *words: bytes, hear: bool = False, linger: float = 0.0, reset: bool = False
) -> Iterator[tuple[int, Callable[[], list[bytes]]]]:
    """A server that says its words, one with each thing it hears (or all at once), and closes.

    Gives its port, and what it has heard.
    """
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.02)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                with client:
                    client.settimeout(2)
                    talk(client)

        def talk(client: socket.socket) -> None:
            try:
                for word in words:
                    if hear:
                        heard.append(client.recv(65536))
                    client.sendall(word)
                ended.wait(linger)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            except OSError as error:
                heard.append(repr(error).encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1]), lambda: heard
        finally:
            ended.set()
            thread.join(10)
