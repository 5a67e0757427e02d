"""User and password from the environment: a command line is seen by every user of the machine."""

from __future__ import annotations

import os

from netanatomy.errors import UsageError

USER_VARIABLE = "NETANATOMY_SOCKS_USER"
PASSWORD_VARIABLE = "NETANATOMY_SOCKS_PASSWORD"  # noqa: S105 - the name of a variable, no password
DEFAULT_USER = "socks"


def user_and_password() -> tuple[str, str] | None:
    """What the environment says; None where it names neither a user nor a password.

    Raises:
        UsageError: it names a user, but no password: whoever set it does not mean to go without.
    """
    user, password = os.environ.get(USER_VARIABLE), os.environ.get(PASSWORD_VARIABLE)
    if user is not None and not password:
        raise UsageError(f"{USER_VARIABLE} names a user without a password: set {PASSWORD_VARIABLE} as well")
    return None if password is None else (user or DEFAULT_USER, password)
