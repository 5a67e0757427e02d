"""Text from traffic, made safe to look at: the one seam between captured octets and a view.

A host name, an interface name or a comment in a capture is written by whoever sent it. Shown as it
is, it may move the cursor, rewrite the title of the terminal, hide what follows or turn the reading
direction around. So every view (terminal, plain text, CSV) passes every text through here.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode general categories that are shown as escapes.

Controls (C0 with ESC, C1 with the one-octet CSI), format characters (bidirectional overrides,
zero-width joiners, the byte order mark, tags), lone surrogates, private use, unassigned, and the
line and paragraph separators.
"""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheets (CWE-1236)."""

MAXIMUM_SHOWN = 4096
"""Characters of one text that are shown: a capture may carry a comment of many megabytes."""


def visible(text: str) -> str:
    r"""`text` with everything that could act on a terminal or deceive a reader as escapes.

    A backslash is doubled, so that a single one in the output is always ours.

    >>> visible("eth0")
    'eth0'
    >>> print(visible("a\x1b[31mred\u202e\ud800 C:\\x"))
    a\x1b[31mred\u202e\ud800 C:\\x
    """
    if text.isascii() and text.isprintable() and "\\" not in text and len(text) <= MAXIMUM_SHOWN:
        return text
    shown = "".join(map(_visible_character, text[:MAXIMUM_SHOWN]))
    dropped = len(text) - MAXIMUM_SHOWN
    return f"{shown} … ({dropped} more characters)" if dropped > 0 else shown


@lru_cache(maxsize=4096)
def _visible_character(character: str) -> str:
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) not in UNSAFE_CATEGORIES:
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def csv_text(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula: visible, and quoted where needed.

    >>> csv_text("=1+1"), csv_text("10.0.0.1")
    ("'=1+1", '10.0.0.1')
    """
    shown = visible(text)
    # Spreadsheets trim what they read, so a blank before the sign does not disarm it.
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA_STARTS) else shown


def encodable(text: str) -> str:
    r"""`text` with lone surrogates as escapes, for documents that must be valid Unicode.

    >>> print(encodable("a\ud800"))
    a\ud800
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
