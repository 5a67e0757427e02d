"""Oddities of IKE, which is read with the packets."""

from __future__ import annotations

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

KINDS: tuple[AnomalyKind, ...] = (
    AnomalyKind(
        name="ike-malformed",
        layer="application",
        meaning="A message on the ports of IKE contradicts its header in version or length, or ends within "
        "it.",
        benign="Another protocol on UDP port 500 or 4500.",
        source="RFC 7296 section 3.1",
    ),
)
