"""Octets as arguments of commands: as text, or in hexadecimal."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace


def octets_arguments(parser: ArgumentParser) -> None:
    """Add what may be sent."""
    sent = parser.add_mutually_exclusive_group()
    sent.add_argument(
        "--send", type=_text, dest="octets", metavar="TEXT", help=r"send this; \r \n \xNN are read"
    )
    sent.add_argument("--hex", type=_hexadecimal, dest="octets", metavar="DIGITS", help="send these octets")


def octets_of(options: Namespace) -> bytes | None:
    """What was given, or None."""
    given: bytes | None = options.octets
    return given


def _text(text: str) -> bytes:
    try:
        # Letters beyond ASCII first become escapes, which are octets of UTF-8 in the end.
        escaped = text.encode("utf-8").decode("latin-1").encode("latin-1", "backslashreplace")
        return escaped.decode("unicode_escape").encode("latin-1")
    except UnicodeError as error:
        raise ArgumentTypeError(f"{text!r}: a backslash begins no escape that is known") from error


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", " "))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} are no hexadecimal digits") from error
