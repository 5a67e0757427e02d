"""What is written down while a capture is read: interfaces, sections, oddities, within bounds."""

from __future__ import annotations

from dataclasses import field

from netanatomy.capture.stream import OctetStream
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.capture import (
    CaptureInformation,
    CustomBlock,
    DecryptionSecrets,
    FileInformation,
    InterfaceInformation,
    NameRecord,
    SectionInformation,
)
from netanatomy.schema.frozen import changeable

MAXIMUM_INTERFACES = 65_536
"""Interfaces of a capture; bounds a file made of nothing but interface descriptions."""

MAXIMUM_SECTIONS = 65_536
"""Sections that are described; bounds a file made of nothing but section headers."""

MAXIMUM_NAMES = 262_144
"""Name records that are kept; bounds a file stuffed with names."""

MAXIMUM_SECRETS_OCTETS = 64 * 1024 * 1024
"""Octets of decryption secrets that are kept; bounds a file stuffed with keys."""

MAXIMUM_CUSTOM_BLOCKS = 1_000
"""Custom blocks that are kept; bounds a file stuffed with them."""

MAXIMUM_COMMENTS = 10_000
"""Comments about sections and interfaces that are kept; bounds a file stuffed with comments."""

MAXIMUM_ANOMALIES = 10_000
"""Anomalies that are kept; bounds a folder of a million files that are no captures."""


@changeable
class Ledger:
    """The notes about a whole capture, filled by the readers of its files."""

    information: CaptureInformation = field(default_factory=CaptureInformation)
    anomalies: list[Anomaly] = field(default_factory=list)
    _comments: int = 0
    _secrets_octets: int = 0

    def omit(self, kind: str, count: int = 1) -> None:
        """Count what a cap has dropped."""
        omitted = self.information.omitted
        omitted[kind] = omitted.get(kind, 0) + count

    def note(self, name: str, reason: str, file: FileInformation, offset: int = 0) -> None:
        """Write down an anomaly of a file."""
        if len(self.anomalies) >= MAXIMUM_ANOMALIES:
            self.omit("anomalies")
            return
        self.anomalies.append(Anomaly(name, "capture", reason, source=file.name, offset=offset))

    def damage(self, name: str, reason: str, file: FileInformation, offset: int) -> None:
        """Write down why reading a file ended before its end."""
        file.damaged = True
        self.note(name, reason, file, offset)

    def end(self, stream: OctetStream, file: FileInformation, record: str) -> None:
        """Say what is odd about the end of a file, if anything is.

        `record` is what the format calls that of which a part is left over: `record` or `block`.
        """
        if stream.failure is not None:
            name, reason = stream.failure
            self.damage(name, reason, file, stream.read)
        elif stream.position > stream.end:
            lack = stream.position - stream.end
            self.damage("capture-truncated", f"{lack} octets are missing at the end", file, stream.read)
        elif stream.position < stream.end:
            left = stream.end - stream.position
            reason = f"the file ends within a {record}, of which {left} octets are there"
            self.damage("capture-truncated", reason, file, stream.offset)

    def file(self, name: str, size: int | None) -> FileInformation:
        """Register a file."""
        entry = FileInformation(len(self.information.files), name, size=size)
        self.information.files.append(entry)
        return entry

    def section(self, file: FileInformation, byte_order: str) -> SectionInformation:
        """Register a section; beyond the cap it is described to nobody."""
        sections = self.information.sections
        entry = SectionInformation(len(sections), file.number, byte_order)
        if len(sections) < MAXIMUM_SECTIONS:
            sections.append(entry)
        else:
            self.omit("sections")
        return entry

    def interface(self, entry: InterfaceInformation) -> InterfaceInformation | None:
        """Register an interface and number it; None when there are too many."""
        interfaces = self.information.interfaces
        if len(interfaces) >= MAXIMUM_INTERFACES:
            self.omit("interfaces")
            return None
        entry.number = len(interfaces)
        interfaces.append(entry)
        return entry

    def comment(self, comments: list[str], text: str) -> None:
        """Keep a comment about a section or an interface."""
        if self._comments >= MAXIMUM_COMMENTS:
            self.omit("comments")
            return
        self._comments += 1
        comments.append(text)

    def name(self, record: NameRecord) -> None:
        """Keep the names of an address."""
        if len(self.information.names) >= MAXIMUM_NAMES:
            self.omit("names")
            return
        self.information.names.append(record)

    def secrets(self, secrets: DecryptionSecrets) -> None:
        """Keep decryption secrets."""
        if self._secrets_octets + len(secrets.octets) > MAXIMUM_SECRETS_OCTETS:
            self.omit("secrets")
            return
        self._secrets_octets += len(secrets.octets)
        self.information.secrets.append(secrets)

    def custom_block(self, block: CustomBlock) -> None:
        """Keep a custom block."""
        if len(self.information.custom_blocks) >= MAXIMUM_CUSTOM_BLOCKS:
            self.omit("custom blocks")
            return
        self.information.custom_blocks.append(block)
