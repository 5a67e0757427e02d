"""User and password for the proxy of --via: from a file or the environment, never from the command line."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.cli.socks.environment import DEFAULT_USER, PASSWORD_VARIABLE, USER_VARIABLE
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.active.probe.via import Proxy

HTTP_USER_VARIABLE = "NETANATOMY_PROXY_USER"
HTTP_PASSWORD_VARIABLE = "NETANATOMY_PROXY_PASSWORD"  # noqa: S105 - the name of a variable, no password
VARIABLES = {
    # of the user, of the password, and who it is without a user: for SOCKS as for `netanatomy socks`
    "socks5": (USER_VARIABLE, PASSWORD_VARIABLE, DEFAULT_USER),
    "http": (HTTP_USER_VARIABLE, HTTP_PASSWORD_VARIABLE, ""),
}

MAXIMUM_FILE = 65_536
"""Octets of a file with a password; a wrong name could be that of a disk."""

HELP = (
    "go through this proxy: socks5://[USER@]host:port, socks4://, socks4a://, http://; all but socks4:// "
    "resolve the name; "
    f"a password comes from --via-password-file, or from {PASSWORD_VARIABLE} or {HTTP_PASSWORD_VARIABLE} "
    f"({USER_VARIABLE}, {HTTP_USER_VARIABLE})"
)


def with_login(proxy: Proxy, path: Path | None) -> Proxy:
    """The proxy with user and password, if there are any.

    Args:
        proxy: as it was given.
        path: a file with a line USER:PASSWORD, or None: then the environment has them, or nobody.

    Raises:
        UsageError: the file cannot be used.
    """
    if path is not None:
        user, password = _line(path)
        if proxy.user and proxy.user != user:
            raise UsageError(f"--via names the user {proxy.user}, but {path} has another")
        return proxy.with_login(user, password)
    if proxy.scheme not in VARIABLES:
        return proxy
    named, secret, default = VARIABLES[proxy.scheme]
    password = os.environ.get(secret, "")
    if not password:
        return proxy
    user = proxy.user or os.environ.get(named, default)
    return proxy.with_login(user, password)


def _line(path: Path) -> tuple[str, str]:
    """User and password of the first line that is neither empty nor a comment."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            octets = file.read(MAXIMUM_FILE + 1)
    except OSError as error:
        raise UsageError(f"--via-password-file {path}: {error.strerror or error}") from error
    if sys.platform != "win32" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"--via-password-file {path}: others may read it (chmod 600)")
    if len(octets) > MAXIMUM_FILE:
        raise UsageError(f"--via-password-file {path}: more than {MAXIMUM_FILE} octets")
    for line in octets.splitlines():
        if not line.strip() or line.startswith(b"#"):
            continue
        user, colon, password = line.decode("utf-8", "surrogateescape").partition(":")
        if colon and user and password:
            return user, password
        break
    raise UsageError(f"--via-password-file {path}: there is no USER:PASSWORD in its first line")
