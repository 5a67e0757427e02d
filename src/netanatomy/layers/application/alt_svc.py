"""Alt-Svc: where else a server says that the same is to be had (RFC 7838), HTTP/3 mostly.

>>> alternatives(['h3=":443"; ma=86400, h3-29="alt.example:8443"'])[0]
Alternative(protocol='h3', host='', port=443, seconds=86400, persist=False)
>>> alternatives(["clear"]), alternatives(["nonsense"])
((), ())
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from netanatomy.schema.probe import Alternative

DAY = 86_400  # seconds that an alternative is good for where nothing is said, RFC 7838 section 3.1
MAXIMUM_ALTERNATIVES = 50
"""Alternatives that are kept; the field could name thousands."""

MAXIMUM_VALUE = 16_384
"""Octets of one field that are looked at."""

# RFC 7838 section 3: protocol-id "=" alt-authority *( OWS ";" OWS parameter ); RFC 9110 section 5.6.
WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}"
QUOTED = r'"((?:[^"\\]|\\.){0,300})"'
MEMBER = re.compile(rf"[ \t,]*({WORD})={QUOTED}")
PARAMETER = re.compile(rf"[ \t]*;[ \t]*({WORD})=(?:{QUOTED}|({WORD}))")


def alternatives(values: Sequence[str]) -> tuple[Alternative, ...]:
    """What the values of all fields Alt-Svc of a response say; what is no alternative is left out.

    Args:
        values: of the fields, in their order.
    """
    found: list[Alternative] = []
    for value in values:
        for each in _members(value[:MAXIMUM_VALUE]):
            if len(found) < MAXIMUM_ALTERNATIVES:
                found.append(each)
    return tuple(found)


def _members(value: str) -> Iterator[Alternative]:
    from netanatomy.schema.probe import Alternative

    place = 0
    while member := MEMBER.match(value, place):
        place = member.end()
        parameters: dict[str, str] = {}
        while parameter := PARAMETER.match(value, place):
            place = parameter.end()
            quoted, plain = parameter[2], parameter[3]
            parameters.setdefault(parameter[1].lower(), plain if quoted is None else _unquoted(quoted))
        host, colon, port = _unquoted(member[2]).rpartition(":")
        if not colon or not _is_number(port, 5) or not 0 < int(port) < 65_536:
            continue
        age = parameters.get("ma", "")
        seconds = int(age) if _is_number(age, 10) else DAY
        yield Alternative(
            unquote(member[1], "latin-1"), host, int(port), seconds, parameters.get("persist") == "1"
        )


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
