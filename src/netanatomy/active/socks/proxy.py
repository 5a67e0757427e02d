"""A proxy as it is named: `socks5h://anna@192.0.2.1:1080`."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from netanatomy.active.socks.settings import DEFAULT_PORT
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

SCHEMES = {
    # As curl has them: version, and whether the proxy resolves names.
    "socks4": (4, False),
    "socks4a": (4, True),
    "socks5": (5, False),
    "socks5h": (5, True),
}
TLS = "+tls"


@frozen
class Proxy:
    """A proxy.

    Attributes:
        host: its name or address.
        port: its port.
        version: 4 or 5.
        remote_names: the proxy resolves names; else this machine does.
        user: for SOCKS5 with the password, for SOCKS4 alone; empty for none.
        password: for SOCKS5; empty for none.
        tls: SOCKS is wrapped into TLS.
    """

    host: str
    port: int = DEFAULT_PORT
    version: int = 5
    remote_names: bool = True
    user: str = ""
    password: str = ""
    tls: bool = False

    def __repr__(self) -> str:
        # A password does not belong into a log or a traceback.
        return f"Proxy({str(self)!r})"

    def __str__(self) -> str:
        wanted = (self.version, self.remote_names)
        scheme = next(name for name, kind in SCHEMES.items() if kind == wanted)
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.user}@" if self.user else ""
        return f"{scheme}{TLS if self.tls else ''}://{user}{host}:{self.port}"

    def with_password(self, password: str, user: str = "") -> Proxy:
        """The same with a password, and a user where none is named."""
        return replace(self, user=self.user or user, password=password)


def parse_proxy(text: str) -> Proxy:
    """A proxy: `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`.

    The schemes are curl's: `socks4`, `socks4a`, `socks5` and `socks5h`, of which the second and the last
    leave names to the proxy; `+tls` after one of them wraps it into TLS. Without a scheme it is `socks5h`.

    Raises:
        UsageError: it makes no sense.

    >>> parse_proxy("127.0.0.1:1080")
    Proxy('socks5h://127.0.0.1:1080')
    >>> parse_proxy("socks5+tls://anna:secret@[2001:db8::1]")
    Proxy('socks5+tls://anna@[2001:db8::1]:1080')
    """
    whole = text if "://" in text else f"socks5h://{text}"
    if not text.isprintable() or " " in text:
        raise UsageError(f"{_without_password(text)}: blanks and controls have no place in a proxy")
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{_without_password(text)}: {error}") from error
    tls = parts.scheme.endswith(TLS)
    scheme = parts.scheme.removesuffix(TLS)
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise UsageError(f"{_without_password(text)}: the scheme is none of {known} (with or without {TLS})")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"{_without_password(text)}: a proxy is written SCHEME://USER@HOST:PORT")
    if port == 0:
        raise UsageError(f"{_without_password(text)}: 0 is no port")
    version, remote_names = SCHEMES[scheme]
    return Proxy(
        parts.hostname,
        DEFAULT_PORT if port is None else port,
        version,
        remote_names,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls,
    )


def _without_password(text: str) -> str:
    """The same without what stands before the last @: it may be a password."""
    head, at, tail = text.rpartition("@")
    if not at:
        return text
    scheme, separator, _ = head.rpartition("://")
    return f"{scheme}{separator}…@{tail}"
