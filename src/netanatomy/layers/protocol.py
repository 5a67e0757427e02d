"""What a protocol is to the rest of the house: a name, a layer, what carries it, and how to read it.

Each file under `layers/` that defines `PROTOCOL` is found by itself: to add a protocol is to add
a file. `Registry` answers who speaks inside a carrier, for example inside EtherType 0x0800. What a file
declares is read where it stands: to import all of them takes longer than many a capture takes to read,
and of the hundred and thirty readers a capture needs a few.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.schema.frozen import frozen

DECLARATION = "\nPROTOCOL = "
"""How a file declares the protocol that it reads."""

PLAIN_DECLARATION = re.compile(
    r'Protocol\(\n    name="([^"]+)",\n[^(]*\n    carried_by=\('
    r"((?:\s*Carried\(Carrier\.\w+, [0-9A-Fa-fx_]+\),?(?: *#.*)?)*)\s*\),(?: *#.*)?\n([^)]*)\)\n"
)
"""A declaration that can be read without importing its file: it names its carriers' numbers."""

CARRIED = re.compile(r"Carrier\.(\w+), (\w+)")


class Layer(StrEnum):
    """The four layers of TCP/IP (RFC 1122 §1.1.3), from the wire upwards."""

    LINK = "link"
    INTERNET = "internet"
    TRANSPORT = "transport"
    APPLICATION = "application"


class Carrier(StrEnum):
    """The fields that say which protocol comes next."""

    LINK_TYPE = "link-type"  # LINKTYPE_ number of the capture
    ETHERTYPE = "ethertype"  # IEEE 802 numbers; also GRE's and SLL's protocol type
    LLC_SAP = "llc-sap"  # destination service access point, IEEE 802.2
    SNAP = "snap"  # OUI << 16 | protocol identifier, for OUIs other than zero
    PPP = "ppp"  # PPP protocol number, RFC 1661
    IP_PROTOCOL = "ip-protocol"  # IPv4 protocol and IPv6 next header
    UDP_PORT = "udp-port"
    GRE = "gre"  # protocol types that only GRE gives a meaning
    NAMED = "named"  # the header before names it itself (number 0): found by protocol name


@frozen
class Carried:
    """One way to a protocol: the number that the carrier's field holds for it."""

    carrier: Carrier
    number: int


@frozen
class Next:
    """Where the walk goes after a header.

    Attributes:
        carrier: which field named the next protocol.
        number: the value of that field.
        name: the protocol's own name, where `carrier` is `Carrier.NAMED`.
        end: where the payload ends, as an octet of the buffer; None for as far as the enclosing
            header reaches.
        tunnel: name of the tunnel that begins here, so that what follows is one depth further in.
        pseudo_header: what checksums of the transport layer cover besides the segment.
        quoted: True where what follows is only quoted (ICMP errors), not carried.
        fragment: True where the payload is a piece of a datagram, so that nothing follows.
        alternative: a second number to try where the first means nothing (of UDP's two ports, the
            source port); None where there is none.
        fault: what in this header contradicts the protocol, though the walk can go on.
    """

    carrier: Carrier
    number: int = 0
    name: str = ""
    end: int | None = None
    tunnel: str = ""
    pseudo_header: PseudoHeader | None = None
    quoted: bool = False
    fragment: bool = False
    alternative: int | None = None
    fault: ParseError | None = None


Parse = Callable[[HeaderReader], Next | None]


@frozen
class Protocol:
    """One protocol.

    Attributes:
        name: as it stands in the column `protocols`, for example `ipv4`.
        title: its full name.
        layer: the floor that it lives on.
        reference: the document that defines it.
        carried_by: the carriers' numbers that lead to it.
        parse: reads one header field by field and says what comes next (None: nothing known).
        listed: False for headers that extend the one before them (IPv6 extension headers), which
            the column `protocols` does not name.
        fits: whether octets can be of this protocol at all; asked where the carrier is only a
            hint, as a port is. None where anything may be.
    """

    name: str
    title: str
    layer: Layer
    reference: str
    carried_by: tuple[Carried, ...]
    parse: Parse
    listed: bool = True
    fits: Callable[[bytes], bool] | None = None


@frozen
class Declaration:
    """How a protocol is found.

    Attributes:
        name: see `Protocol`.
        carried_by: see `Protocol`.
        listed: see `Protocol`.
        module: the file that reads it.
    """

    name: str
    carried_by: tuple[Carried, ...]
    listed: bool
    module: str

    @property
    def protocol(self) -> Protocol:
        """The protocol itself; its file is imported now."""
        protocol = importlib.import_module(self.module).PROTOCOL
        if not isinstance(protocol, Protocol):
            raise TypeError(f"{self.module} declares no protocol")
        return protocol


@frozen
class Registry:
    """All protocols, by name and by what carries them."""

    names: Mapping[str, Declaration]
    carriers: Mapping[Carried, Declaration] = field(default_factory=dict)

    @property
    def by_name(self) -> Mapping[str, Protocol]:
        """Every protocol by its name."""
        return {name: declaration.protocol for name, declaration in self.names.items()}

    @property
    def by_carrier(self) -> Mapping[Carried, Protocol]:
        """Every protocol by each number that leads to it."""
        return {carried: declaration.protocol for carried, declaration in self.carriers.items()}

    def carried(self, carrier: Carrier, number: int) -> Protocol | None:
        """The protocol that `number` means in that carrier's field, or None."""
        found = self.carriers.get(Carried(carrier, number))
        return None if found is None else found.protocol

    def follow(self, step: Next) -> Protocol | None:
        """The protocol that a parsed header points to, or None where it is unknown."""
        if step.carrier is Carrier.NAMED:
            named = self.names.get(step.name)
            return None if named is None else named.protocol
        found = self.carried(step.carrier, step.number)
        if found is None and step.alternative is not None:
            found = self.carried(step.carrier, step.alternative)
        return found


def _declarations() -> Iterator[Declaration]:
    for layer in Layer:
        package = importlib.import_module(f"netanatomy.layers.{layer.value}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            declaration = _declared(module)
            if declaration is not None:
                yield declaration


def _declared(module: pkgutil.ModuleInfo) -> Declaration | None:
    """What a file declares, by its text, or where that is not plain by what it makes."""
    folder = getattr(module.module_finder, "path", "")
    name = module.name.rpartition(".")[2]
    source = Path(folder, name, "__init__.py") if module.ispkg else Path(folder, f"{name}.py")
    if source.is_file():
        text = source.read_text(encoding="utf-8")
        if DECLARATION not in text:
            return None
        if plain := PLAIN_DECLARATION.fullmatch(text, text.index(DECLARATION) + len(DECLARATION)):
            name, carriers, others = plain.groups()
            carried = tuple(
                Carried(Carrier[carrier], int(number, 0)) for carrier, number in CARRIED.findall(carriers)
            )
            return Declaration(name, carried, "listed=False" not in others, module.name)
    protocol = getattr(importlib.import_module(module.name), "PROTOCOL", None)
    if not isinstance(protocol, Protocol):
        return None
    return Declaration(protocol.name, protocol.carried_by, protocol.listed, module.name)


@cache
def registry() -> Registry:
    """Every protocol there is; two protocols that claim one number are an error of the code.

    >>> registry().carried(Carrier.ETHERTYPE, 0x0800).name
    'ipv4'
    """
    names: dict[str, Declaration] = {}
    carriers: dict[Carried, Declaration] = {}
    for declaration in _declarations():
        if declaration.name in names:
            raise ValueError(f"two protocols are called {declaration.name}")
        names[declaration.name] = declaration
        for carried in declaration.carried_by:
            if carried in carriers:
                raise ValueError(f"{declaration.name} and {carriers[carried].name} both claim {carried}")
            carriers[carried] = declaration
    return Registry(MappingProxyType(names), MappingProxyType(carriers))
