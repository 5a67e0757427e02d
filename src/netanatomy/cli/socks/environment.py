"""User and password from the environment: a command line is seen by every user of the machine."""

from __future__ import annotations

import os

USER_VARIABLE = "NETANATOMY_SOCKS_USER"
PASSWORD_VARIABLE = "NETANATOMY_SOCKS_PASSWORD"  # noqa: S105 - the name of a variable, no password
DEFAULT_USER = "socks"


def user_and_password() -> tuple[str, str] | None:
    """What the environment says; None where it names no password."""
    password = os.environ.get(PASSWORD_VARIABLE)
    return None if password is None else (os.environ.get(USER_VARIABLE, DEFAULT_USER), password)
