"""Why a proxy did not do what it was asked for."""

from __future__ import annotations

from netanatomy.errors import NetanatomyError


class SocksError(NetanatomyError):
    """A proxy refused, broke the protocol, or could not be reached.

    Attributes:
        reason: in words.
        code: REP of SOCKS5 or CD of SOCKS4, where the proxy gave one.
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class PasswordRefusedError(SocksError):
    """A proxy refused user and password: asking on would be guessing, and be answered by a back-off."""

    exit_code = 23
