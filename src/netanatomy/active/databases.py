"""MaxMind databases (.mmdb), which say where an address is and whose it is.

They are made by others and given by path. The library `maxminddb` reads them; it is optional.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import ip_network
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from netanatomy.errors import NetanatomyError
from netanatomy.layers.internet.addresses import Address
from netanatomy.report.address_answer import DatabaseAnswer, DatabaseValue

if TYPE_CHECKING:
    from maxminddb import Reader
    from maxminddb.types import Record

MAXIMUM_DEPTH = 32
"""Maps and lists in one another that a record may have: a made-up database has pointers in a circle."""

MAXIMUM_VALUES = 10_000
"""Values of one record: pointers that meet again and again unfold a few octets into gigabytes."""

DAMAGE = (RuntimeError, ValueError, TypeError, LookupError, ArithmeticError)
"""What the library raises over damaged octets: its own error is a RuntimeError, and its reader in plain
Python, used where the compiled one is missing, lets the others pass."""

_Opened: TypeAlias = "tuple[str, Reader]"


class Databases:
    """Some databases, open for reading.

    Raises:
        NetanatomyError: the library is not installed, or a file is missing or no such database.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self._files = ExitStack()
        self._readers: list[_Opened] = []
        with ExitStack() as opened:
            for path in paths:
                reader = _open(path)
                opened.callback(reader.close)
                self._readers.append((path, reader))
            self._files = opened.pop_all()

    def look_up(self, address: Address) -> tuple[DatabaseAnswer, ...]:
        """What each database says of an address.

        Raises:
            NetanatomyError: a database is damaged where the record should be.
        """
        return tuple(_look_up(path, reader, address) for path, reader in self._readers)

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    def __enter__(self) -> Databases:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(path: str) -> Reader:
    try:
        import maxminddb
    except ModuleNotFoundError as error:
        raise NetanatomyError(
            "to read MaxMind databases, install maxminddb: pip install 'netanatomy[mmdb]'"
        ) from error
    try:
        return maxminddb.open_database(path)
    except OSError as error:
        raise NetanatomyError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except DAMAGE as error:
        raise NetanatomyError(f"{path}: no MaxMind database, or a damaged one") from error


def _look_up(path: str, reader: Reader, address: Address) -> DatabaseAnswer:
    try:
        about = reader.metadata()
        kind, built = str(about.database_type), int(about.build_epoch)
        if address.version == 6 and about.ip_version == 4:
            return DatabaseAnswer(path, kind, built, None, None, "it holds IPv4 addresses only")
        record, prefix_length = reader.get_with_prefix_len(address)
        if record is None:
            return DatabaseAnswer(path, kind, built, None, None, "it has no record of this address")
        network = ip_network((address.packed, prefix_length), strict=False)
        return DatabaseAnswer(path, kind, built, network, _Copy().of(record))
    except DAMAGE as error:
        raise NetanatomyError(f"{path}: damaged: {error}") from error


class _Copy:
    """Copies a record, and stops where it grows beyond what an honest one has."""

    def __init__(self) -> None:
        self._values = 0

    def of(self, value: Record | None, depth: int = 0) -> DatabaseValue:
        self._values += 1
        if depth > MAXIMUM_DEPTH or self._values > MAXIMUM_VALUES:
            raise ValueError(f"a record of more than {MAXIMUM_VALUES} values, or {MAXIMUM_DEPTH} deep")
        if isinstance(value, dict):
            return {name: self.of(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.of(each, depth + 1) for each in value]
        return bytes(value) if isinstance(value, bytearray) else value
