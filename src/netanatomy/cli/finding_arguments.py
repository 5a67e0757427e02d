"""Arguments of every command that looks for attacks, and what its exit code says."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from netanatomy.detect.settings import Settings
    from netanatomy.report.commands import Commands
    from netanatomy.schema.findings import Finding

FOUND = 6
"""Exit code: something was found that somebody should act on, of severity medium or above."""

NAMED_CAPTURES = 3  # that are named in the commands that show more; of more of them none

MAXIMUM_SETTINGS = 1_000_000  # octets; a file of settings is some kB, and an endless one is a mistake


def add_finding_arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    group = parser.add_argument_group("how attacks are looked for")
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="facts about the network and thresholds, as `netanatomy config` prints them",
    )
    group.add_argument(
        "--exit-zero",
        action="store_true",
        help=f"end with 0 also where an attack is told (else {FOUND}, from severity medium on)",
    )


def finding_settings(options: Namespace) -> Settings:
    """What the file says that was named, or the defaults.

    Raises:
        CaptureError: the file cannot be read.
        UsageError: it makes no sense.
    """
    from netanatomy.detect.registry import detectors
    from netanatomy.detect.settings import DEFAULTS, settings

    path: Path | None = options.config
    if path is None:
        return DEFAULTS
    try:
        with path.open("rb") as file:
            octets = file.read(MAXIMUM_SETTINGS + 1)
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error
    if len(octets) > MAXIMUM_SETTINGS:
        raise UsageError(f"{path}: settings of more than {MAXIMUM_SETTINGS:,} octets are a mistake")
    try:
        return settings(octets.decode("utf-8-sig"), detectors())
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the settings are no text in UTF-8") from None
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def captures_told(captures: Sequence[str]) -> str:
    """The captures as a shell takes them, for the commands that show more.

    >>> captures_told(["a.pcap", "my capture.pcap"]), captures_told(["a", "b", "c", "d"])
    ("a.pcap 'my capture.pcap'", 'CAPTURE...')
    """
    return shlex.join(captures) if len(captures) <= NAMED_CAPTURES else "CAPTURE..."


def commands_told(options: Namespace) -> Commands:
    """The commands that show more of the captures, with the options that make them find the same.

    >>> commands_told(Namespace(captures=["-a.pcap"], config=Path("my net.toml"))).findings()
    "netanatomy findings ./-a.pcap --config 'my net.toml'"
    >>> commands_told(Namespace(captures=["-"], config=None)).show(1)
    'netanatomy show SAVED.pcapng 1'
    """
    from netanatomy.capture.source import STANDARD_INPUT
    from netanatomy.report.commands import SAVED, Commands

    named = [_file(each) if each != STANDARD_INPUT else SAVED for each in options.captures]
    detectors = [word for name in getattr(options, "detector", None) or () for word in ("--detector", name)]
    settings = [] if options.config is None else ["--config", _file(str(options.config))]
    return Commands(
        captures_told(named), shlex.join([*settings, *detectors]), STANDARD_INPUT not in options.captures
    )


def _file(name: str) -> str:
    """A file's name that is not taken for an option."""
    return f"./{name}" if name.startswith("-") else name


def finding_exit_code(options: Namespace, findings: Sequence[Finding]) -> int:
    """What tells a script whether something was found.

    Args:
        options: the arguments; whether the code is always 0.
        findings: those that are told: what `--severity`, `--detector` or `--id` leave out does not count.
    """
    from netanatomy.schema.findings import Severity

    grave = any(finding.severity.rank >= Severity.MEDIUM.rank for finding in findings)
    return FOUND if grave and not options.exit_zero else 0
