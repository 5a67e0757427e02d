"""How a kind of anomaly is declared: everything that is to say of it in one place."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen


@frozen
class AnomalyKind:
    """One kind of oddity. Facts only: whether it is an attack, another stage judges.

    Attributes:
        name: stable name, for example `syn-with-data`.
        layer: `capture`, `link`, `internet`, `transport` or `application`.
        meaning: what was seen and what is odd about it, in words that a student follows.
        benign: what harmless thing looks the same, and how to tell.
        source: where the rule stands: RFC and section, or the tool that tells the same.
        value: what the column `value` says in these rows; empty where it is null.
        expected: what the column `expected` says; empty where it is null.
        other_frame: what the column `other_frame` points to; empty where it is null.
        zeek: name that Zeek's weird.log has for it, where it has one.
        suricata: name of Suricata's event, where it has one.
        wireshark: name of Wireshark's expert field, where it has one.
    """

    name: str
    layer: str
    meaning: str
    benign: str
    source: str
    value: str = ""
    expected: str = ""
    other_frame: str = ""
    zeek: str = ""
    suricata: str = ""
    wireshark: str = ""
