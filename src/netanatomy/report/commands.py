"""The commands that show more of what a report tells, to be pasted into a shell as they are."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen

SAVED = "SAVED.pcapng"
"""What a capture is called that has no name yet."""


@frozen
class Commands:
    """Commands about one capture.

    Attributes:
        capture: its files as a shell takes them, quoted where that is needed.
        options: what else was said about how attacks are looked for, likewise; empty for nothing.
        saved: False where it came by standard input, so that no command can read it again.

    >>> commands = Commands("'my capture.pcap'")
    >>> commands.finding("land-0a1b")
    "netanatomy findings 'my capture.pcap' --id land-0a1b"
    >>> commands.show(17), commands.follow(17)
    ("netanatomy show 'my capture.pcap' 17", "netanatomy follow 'my capture.pcap' 17")
    >>> Commands.explain("land")
    'netanatomy explain land'
    """

    capture: str = "CAPTURE"
    options: str = ""
    saved: bool = True

    @property
    def note(self) -> str:
        """What has to be done before any of them; empty where that is nothing."""
        if self.saved:
            return ""
        return (
            f"The capture came by standard input. Save it in a file first, here called {SAVED}, "
            "for the commands that show more."
        )

    def findings(self) -> str:
        """All findings, a line each."""
        return f"netanatomy findings {self.capture}{self._options}"

    def finding(self, name: str) -> str:
        """The finding of this id from all sides."""
        return f"{self.findings()} --id {name}"

    def show(self, frame: int) -> str:
        """The anatomy of the frame of this number."""
        return f"netanatomy show {self.capture} {frame}"

    def follow(self, frame: int) -> str:
        """What was said in the connection of the frame of this number."""
        return f"netanatomy follow {self.capture} {frame}"

    def firewall(self) -> str:
        """The firewall rules of all findings."""
        return f"netanatomy firewall {self.capture}"

    @staticmethod
    def explain(detector: str) -> str:
        """What a detector looks for; needs no capture."""
        return f"netanatomy explain {detector}"

    @property
    def _options(self) -> str:
        return f" {self.options}" if self.options else ""
