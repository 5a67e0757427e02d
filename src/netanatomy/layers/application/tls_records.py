r"""The record layer of TLS as one side speaks it, however its octets come (RFC 8446 5, RFC 5246 6).

Whole records come out, and of what is encrypted only that it was there. SSL 2.0 and the ClientHello that
looks like it (RFC 5246 appendix E.2) have another header, and only a side's first record may have that.

>>> layer = RecordLayer()
>>> list(layer.take(bytes.fromhex("15 0301 00"))), list(layer.take(bytes.fromhex("02 0228")))
([], [TlsRecord(kind=21, version=769, content=b'\x02(')])
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.layers.application.tls import ALERT, HANDSHAKE, MAXIMUM_RECORD, RECORD_HEADER
from netanatomy.schema.frozen import frozen

CHANGE_CIPHER_SPEC, APPLICATION_DATA, HEARTBEAT = 20, 23, 24  # content types, RFC 8446, RFC 6520
KINDS = frozenset({CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT})
SSL_2 = 0x80
"""The kind that a record of SSL 2.0 is given here: the first bit of its header, always set in a hello."""

SSL_2_HEADER = 2  # octets
SSL_3 = 3  # first octet of every version from SSL 3.0 to TLS 1.3


@frozen
class TlsRecord:
    """A whole record.

    Attributes:
        kind: its content type, or `SSL_2`.
        version: in its header, by number; 2 of an SSL 2.0 record.
        content: what it carries in the clear; empty if it is encrypted.
    """

    kind: int
    version: int
    content: bytes


class RecordLayer:
    """Cuts what one side says into records; holds one of them at most.

    Attributes:
        encrypted: whoever reads the records sets this once the side encrypts: contents are dropped from then.
        broken: why there are no more records; empty as long as there may be.
        lost: whether that is because octets are missing.
    """

    def __init__(self) -> None:
        self.encrypted = False
        self.broken = ""
        self.lost = False
        self._header = bytearray()
        self._content = bytearray()
        self._left = 0
        """Octets of the record begun that are still to come; of its header, if that is not whole."""

        self._kind = 0
        self._version = 0
        self._dropped = False
        self._damaged = False
        self._place = 0

    def take(self, octets: bytes) -> Iterator[TlsRecord]:
        """The records that these octets complete. Ask for each before the next octets are given."""
        place = 0
        while (place < len(octets) or self._whole) and not self.broken:
            if self._kind:
                taken = min(self._left, len(octets) - place)
                if not self._dropped:
                    self._content += octets[place : place + taken]
                place += taken
                self._place += taken
                self._left -= taken
            else:
                place += self._begin(octets, place)
            if self._whole:
                record, damaged = self._finish(), self._damaged
                self._damaged = False
                if not damaged:
                    yield record

    def miss(self, octets: int) -> bool:
        """So many octets of this side are missing. Gives whether the record they were of is known.

        If they are all of one record, what follows is read on; the record is dropped if it was in the clear.
        Else nobody knows where the next record begins.
        """
        if not self._kind or octets > self._left:
            self.lost = True
            self.broken = self.broken or f"{octets} octets are missing at octet {self._place}"
            return False
        self._place += octets
        self._left -= octets
        # Of what is encrypted, nothing is lost but octets that say nothing.
        self._damaged = self._damaged or not self._dropped
        self._dropped = True
        self._content.clear()
        return True

    @property
    def _whole(self) -> bool:
        """Whether the last octets of a record were missing: it is over without any more."""
        return bool(self._kind and not self._left)

    @property
    def partial(self) -> bool:
        """Whether a record was begun and is not whole."""
        return bool(self._kind or self._header)

    def _begin(self, octets: bytes, place: int) -> int:
        """Take of the header what there is; how many octets that was."""
        size = RECORD_HEADER
        if self._place == len(self._header) and (self._header or octets[place:])[0] & SSL_2:
            size = SSL_2_HEADER  # no content type of TLS is that high
        taken = min(size - len(self._header), len(octets) - place)
        self._header += octets[place : place + taken]
        self._place += taken
        if len(self._header) == size:
            self._read_header()
        return taken

    def _read_header(self) -> None:
        header = bytes(self._header)
        if len(header) == SSL_2_HEADER:
            self._kind, self._version = SSL_2, 2
            self._left = int.from_bytes(header, "big") & 0x7FFF
        else:
            kind, self._version = header[0], int.from_bytes(header[1:3], "big")
            self._left = int.from_bytes(header[3:], "big")
            if kind not in KINDS or header[1] != SSL_3 or self._left > MAXIMUM_RECORD:
                self.broken = f"no TLS record at octet {self._place - len(header)}: {header.hex(' ')}"
                return
            self._kind = kind
        self._dropped = self.encrypted or self._kind == APPLICATION_DATA

    def _finish(self) -> TlsRecord:
        record = TlsRecord(self._kind, self._version, bytes(self._content))
        self._kind = self._left = 0
        self._header.clear()
        self._content.clear()
        return record
