"""What a capture says about itself: files, sections, interfaces, names, secrets and comments."""

from __future__ import annotations

from dataclasses import field

from netanatomy.schema.frozen import changeable, frozen


@changeable
class FileInformation:
    """One file of a capture.

    Attributes:
        number: index into `CaptureInformation.files`.
        name: the path as it was asked for, or `-` for standard input.
        format: `pcap`, `pcapng`, `snoop` …, with the variant where there are several.
        compression: `gzip`, `zstd`, `xz`, `lz4`, or empty.
        size: octets of the file on disk; None where it has no size (a pipe).
        octets_read: octets taken from the file so far, before decompression.
        octets_expanded: octets of the capture read so far, after decompression.
        frames: frames read from it so far.
        damaged: whether reading ended before the file did, or the file before a record did.
    """

    number: int
    name: str
    format: str = ""
    compression: str = ""
    size: int | None = None
    octets_read: int = 0
    octets_expanded: int = 0
    frames: int = 0
    damaged: bool = False


@changeable
class SectionInformation:
    """One section of a file; a format without sections has one.

    Attributes:
        number: index into `CaptureInformation.sections`.
        file: index into `CaptureInformation.files`.
        byte_order: `little` or `big`.
        hardware: the machine that captured, as the file says.
        operating_system: its operating system.
        application: the program that wrote the section.
        comments: comments about the section.
    """

    number: int
    file: int
    byte_order: str = ""
    hardware: str = ""
    operating_system: str = ""
    application: str = ""
    comments: list[str] = field(default_factory=list)


@changeable
class InterfaceInformation:
    """One interface; numbered over all files and sections, as `FrameBatch.interface` is.

    Attributes:
        number: index into `CaptureInformation.interfaces`.
        file: index into `CaptureInformation.files`.
        section: index into `CaptureInformation.sections`.
        link_type: LINKTYPE_ number of its frames.
        snap_length: octets of a frame that were captured at most; 0 where there is no limit.
        timestamp_units: how many units of its time stamps make a second.
        timestamp_offset: seconds to add to its time stamps (already added to frames' times).
        fcs_length: octets of frame check sequence at the end of a frame; None where unknown.
        name: for example `eth0`.
        description: for example `Built-in Ethernet`.
        hardware: model of the interface.
        operating_system: of the machine in which it sits.
        filter: the capture filter, or empty.
        speed: bits per second, or None.
        addresses: its own MAC, IPv4 and IPv6 addresses, as text.
        comments: comments about it.
        received: frames it received, by its statistics, or None.
        dropped: frames it dropped for want of resources, or None.
        accepted: frames that the filter accepted, or None.
        dropped_by_system: frames that the operating system dropped, or None.
        delivered: frames given to the program, or None.
        start_time: begin of the capture, nanoseconds since 1970 UTC, or None.
        end_time: end of the capture, or None.
        dropped_between: sum of the losses that single frames report to have gone before them.
    """

    number: int
    file: int
    section: int
    link_type: int
    snap_length: int = 0
    timestamp_units: int = 1_000_000
    timestamp_offset: int = 0
    fcs_length: int | None = None
    name: str = ""
    description: str = ""
    hardware: str = ""
    operating_system: str = ""
    filter: str = ""
    speed: int | None = None
    addresses: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    received: int | None = None
    dropped: int | None = None
    accepted: int | None = None
    dropped_by_system: int | None = None
    delivered: int | None = None
    start_time: int | None = None
    end_time: int | None = None
    dropped_between: int = 0


@frozen
class NameRecord:
    """Names that the capture gives to one address (MAC, EUI-64, IPv4 or IPv6, as text)."""

    address: str
    names: tuple[str, ...]


@frozen
class DecryptionSecrets:
    """Keys that came with the capture: `kind` names the format of `octets`."""

    kind: str
    octets: bytes


@frozen
class CustomBlock:
    """A block of somebody's own, under an IANA private enterprise number; `octets` may be cut."""

    enterprise: int
    length: int
    octets: bytes


@changeable
class CaptureInformation:
    """Everything that a capture says beside its frames; it grows while the capture is read.

    Attributes:
        files: the files, in the order in which they were asked for (folders sorted by name).
        sections: their sections, in the order in which they were met.
        interfaces: their interfaces; `FrameBatch.interface` is an index into this list.
        names: addresses with names, from name resolution blocks.
        secrets: decryption secrets.
        custom_blocks: blocks of private enterprises.
        skipped_blocks: blocks of types that are unknown here.
        omitted: how many pieces of each kind were dropped because a cap was reached.
    """

    files: list[FileInformation] = field(default_factory=list)
    sections: list[SectionInformation] = field(default_factory=list)
    interfaces: list[InterfaceInformation] = field(default_factory=list)
    names: list[NameRecord] = field(default_factory=list)
    secrets: list[DecryptionSecrets] = field(default_factory=list)
    custom_blocks: list[CustomBlock] = field(default_factory=list)
    skipped_blocks: int = 0
    omitted: dict[str, int] = field(default_factory=dict)

    @property
    def comments(self) -> list[str]:
        """The comments about sections and interfaces, in the order in which they were met."""
        about_sections = [comment for section in self.sections for comment in section.comments]
        return about_sections + [comment for each in self.interfaces for comment in each.comments]
