"""Port fields that say which service is registered for the number."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.transport.ports import service_name


def take_ports(reader: HeaderReader, protocol: str) -> tuple[int, int]:
    """Take source and destination port of `protocol` (a name that `ports.PORT_SPACE` knows)."""

    def meaning(port: int) -> str:
        service = service_name(port, protocol)
        return service.name if service is not None else ""

    source = reader.unsigned("Source Port", 16, meaning, column="source_port")
    destination = reader.unsigned("Destination Port", 16, meaning, column="destination_port")
    return source, destination
