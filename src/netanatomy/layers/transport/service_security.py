"""What to know of a service before it is let through: can it be read on the way, and what is it abused for.

The table is `service_security.tsv` beside this file; its first lines say where its facts come from.
A service that it lacks is not thereby harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from netanatomy.layers.transport.ports import PORT_SPACE
from netanatomy.schema.frozen import frozen

CONTENT_MEANINGS = {
    "cleartext": "whoever is on the way reads it, and may change it",
    "upgrade": "begins in cleartext; TLS may be agreed on, unless somebody on the way prevents it",
    "encrypted": "only the two ends can read it",
    "mixed": "whether it can be read on the way depends on version and settings",
}


@frozen
class ServiceSecurity:
    """What to know of one service.

    Attributes:
        port: its port.
        protocols: the transport protocols that this is said of.
        content: `cleartext`, `upgrade`, `encrypted` or `mixed`; `CONTENT_MEANINGS` says what that is.
        abuse: what it is mostly abused for, in one sentence.
        sources: where that is laid down: RFCs, CVEs, ATT&CK techniques, CISA alerts.
    """

    port: int
    protocols: tuple[str, ...]
    content: str
    abuse: str
    sources: tuple[str, ...]


def service_security(port: int, protocol: str) -> ServiceSecurity | None:
    """What to know of the service at a port, or `None` where the table says nothing.

    >>> service_security(23, "tcp").content, service_security(3306, "tcp").content
    ('cleartext', 'upgrade')
    >>> service_security(60000, "tcp") is None
    True
    """
    return _table().get((port, PORT_SPACE.get(protocol, protocol)))


@cache
def _table() -> Mapping[tuple[int, str], ServiceSecurity]:
    text = files("netanatomy.layers.transport").joinpath("service_security.tsv").read_text(encoding="utf-8")
    found: dict[tuple[int, str], ServiceSecurity] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        port, protocols, content, abuse, sources = line.split("\t")
        row = ServiceSecurity(
            int(port), tuple(protocols.split(" ")), content, abuse, tuple(sources.split("; "))
        )
        found.update({(row.port, protocol): row for protocol in row.protocols})
    return found
