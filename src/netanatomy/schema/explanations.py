"""What is to be known about an attack, with or without a capture."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen


@frozen
class Threshold:
    """One number that a detector goes by.

    Attributes:
        name: as it stands in the settings.
        value: its default, as text.
        unit: for example `SYN/s`; may be empty.
        meaning: what happens at this value.
        source: where the default comes from.
    """

    name: str
    value: str
    unit: str
    meaning: str
    source: str


@frozen
class Explanation:
    """What a detector says of itself.

    Attributes:
        name: of the detector.
        title: the attack in a few words.
        layer: link, internet, transport or application.
        techniques: identifiers of MITRE ATT&CK.
        thresholds: what it goes by.
        summary: the attack in one line.
        what: what it is, and on which layer of the model it works.
        exchange: a diagram of the exchange, in plain characters.
        recognised: how it is recognised, with the thresholds by name.
        look_alikes: harmless things that look the same and how to tell, one an entry.
        stop: how to stop it, one measure an entry, in order of what helps most.
        limits: what the detector cannot see.
        lab: the commands that reproduce it in the laboratory.
        references: where to read more, one an entry.
    """

    name: str
    title: str
    layer: str
    techniques: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    summary: str
    what: str
    exchange: str
    recognised: str
    look_alikes: tuple[str, ...]
    stop: tuple[str, ...]
    limits: str
    lab: str
    references: tuple[str, ...]
