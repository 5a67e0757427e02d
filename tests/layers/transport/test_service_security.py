"""The table of what services are abused for: every row is whole, and says where its facts come from."""

import re

from netanatomy.layers.transport.ports import MAXIMUM_PORT, PORT_SPACE
from netanatomy.layers.transport.service_security import CONTENT_MEANINGS, service_security

SOURCE = re.compile(
    r"RFC \d{2,4}( section [\d.]+)?|CVE-\d{4}-\d{4,}|ATT&CK T\d{4}(\.\d{3})?|CISA TA\d\d-\d{3}A|CWE-\d+"
    r"|CERT VU#\d+|Microsoft advisory \d+"
)


def test_every_row_is_whole() -> None:
    rows = {
        (port, protocol): found
        for port in range(MAXIMUM_PORT + 1)
        for protocol in set(PORT_SPACE.values())
        if (found := service_security(port, protocol)) is not None
    }
    assert len(rows) > 150
    for (port, protocol), row in rows.items():
        assert row.port == port
        assert protocol in row.protocols
        assert row.content in CONTENT_MEANINGS, port
        assert row.abuse.endswith("."), port
        assert row.sources, port
        assert all(SOURCE.fullmatch(source) for source in row.sources), (port, row.sources)


def test_what_is_known_of_some() -> None:
    contents = {"ssh": 22, "telnet": 23, "smtp": 25, "https": 443}
    found = {name: service_security(port, "tcp") for name, port in contents.items()}
    assert {name: row.content for name, row in found.items() if row} == {
        "ssh": "encrypted",
        "telnet": "cleartext",
        "smtp": "upgrade",
        "https": "encrypted",
    }
    assert service_security(53, "udplite") == service_security(53, "udp")
    assert service_security(60000, "tcp") is None
