"""From the protocols' own declarations to the tables that the kernels look numbers up in."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from netanatomy.decode import headers
from netanatomy.decode.walk import Walk
from netanatomy.layers.link.link_types import LINK_TYPES
from netanatomy.layers.protocol import Carried, Carrier, registry
from netanatomy.schema.frozen import frozen


@frozen
class Dispatch:
    """What the kernels are told about protocols.

    Attributes:
        names: the name of each header code.
        tables: for each carrier, the header code that each number leads to; 0 where unknown.
    """

    names: tuple[str, ...]
    tables: dict[Carrier, NDArray[np.uint16]]

    def walk(self) -> Walk:
        """A walk that uses these tables."""
        return Walk(
            self.tables[Carrier.LINK_TYPE],
            self.tables[Carrier.ETHERTYPE],
            self.tables[Carrier.IP_PROTOCOL],
            self.tables[Carrier.PPP],
            self.tables[Carrier.LLC_SAP],
            self.tables[Carrier.UDP_PORT],
        )


@cache
def dispatch() -> Dispatch:
    """The tables for all protocols there are.

    A protocol that no kernel walks through gets a number of its own: the walk names it and ends.
    """
    protocols = registry()
    codes = dict(headers.WALKED)
    # A link type that no protocol reads is named, and its frames are counted.
    link_types = {
        number: link_type.name.lower().replace("_", "-")
        for number, link_type in LINK_TYPES.items()
        if Carried(Carrier.LINK_TYPE, number) not in protocols.carriers
    }
    named = {*protocols.names, *link_types.values()}
    for name in sorted(named - codes.keys()):
        codes[name] = headers.FIRST_LEAF + len(codes) - len(headers.WALKED)
    names = [""] * (max(codes.values()) + 1)
    for name, code in codes.items():
        names[code] = name
    tables = {carrier: np.zeros(65536, np.uint16) for carrier in Carrier}
    for number, name in link_types.items():
        tables[Carrier.LINK_TYPE][number] = codes[name]
    for carried, protocol in protocols.carriers.items():
        if carried.number < 65536 and protocol.listed:
            tables[carried.carrier][carried.number] = codes[protocol.name]
    return Dispatch(tuple(names), tables)
