"""Writes `docs/anomalies.md`, what every kind of anomaly means, from the declarations.

With `--check` nothing is written: the exit code is 1 where the page is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from netanatomy.schema.anomaly_kinds.catalogue import LAYERS, kinds
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

PAGE = Path(__file__).resolve().parent.parent / "docs" / "anomalies.md"

HEAD = """\
# Anomalies

Generated from `src/netanatomy/schema/anomaly_kinds/` by `tools/make_anomaly_docs.py`; do not edit.

An anomaly is a fact: something in the traffic that its protocol does not allow, or that is rare enough
to be worth a look. Whether it is an attack is judged elsewhere. `netanatomy anomalies CAPTURE` lists
them with the frame and the octets that show them, `netanatomy anomalies --explain NAME` says what is
written here.
"""

LABELS = (
    ("value", "`value`"),
    ("expected", "`expected`"),
    ("other_frame", "`other_frame`"),
    ("source", "Rule"),
    ("zeek", "Zeek"),
    ("suricata", "Suricata"),
    ("wireshark", "Wireshark"),
)
CODES = ("zeek", "suricata", "wireshark")


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    for layer in LAYERS:
        found = [kind for kind in kinds() if kind.layer == layer]
        if found:
            yield f"- [{layer.capitalize()}](#{layer}): {len(found)} {'kind' if len(found) == 1 else 'kinds'}"
    for layer in LAYERS:
        found = [kind for kind in kinds() if kind.layer == layer]
        if found:
            yield f"\n## {layer.capitalize()}"
        for kind in found:
            yield from _kind(kind)


def _kind(kind: AnomalyKind) -> Iterator[str]:
    yield f"\n### {kind.name}\n"
    yield f"{kind.meaning}\n"
    yield f"*Looks the same and is harmless:* {kind.benign}\n"
    for field, label in LABELS:
        text = getattr(kind, field)
        if text:
            yield f"- {label}: {f'`{text}`' if field in CODES else text}"


def main() -> int:
    """Write the page, or compare it."""
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
