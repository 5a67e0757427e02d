"""What is said before TLS begins within a connection: passed over, and remembered by its protocol."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.flows.messages.protocol import Said
from netanatomy.layers.application.tls_recognition import Beginning, begins_with
from netanatomy.layers.application.tls_upgrades import MAXIMUM_BEFORE, upgrade

MAXIMUM_KEPT = 32_768
"""Octets of both sides kept until TLS begins. Bounds servers that greet without end."""


class Preamble:
    """Gives what both sides say from where TLS begins.

    Attributes:
        protocol: in which the client asked for TLS; empty where it was spoken from the first octet.
    """

    def __init__(self) -> None:
        self.protocol = ""
        self._over = False
        self._kept: list[Said] = []
        self._octets = 0
        self._client = bytearray()
        self._server = bytearray()

    def take(self, said: Said) -> Sequence[Said]:
        """What is said next; gives what of it, and of what came before, is TLS."""
        if self._over:
            return (said,)
        self._kept.append(said)
        self._octets += len(said.octets)
        side = self._client if said.is_orig else self._server
        side += said.octets[: MAXIMUM_BEFORE + 64 - len(side)]
        client = bytes(self._client)
        undecided = (Beginning.NO, Beginning.UNSURE)
        if begins_with(client) not in undecided or begins_with(bytes(self._server)) not in undecided:
            return self.rest()
        if said.is_orig:
            asked = upgrade(client)
            if asked is not None and begins_with(client[asked.begins :]) is Beginning.CLIENT:
                return self._begin(asked.protocol, asked.begins)
        return self.rest() if self._octets > MAXIMUM_KEPT else ()

    def rest(self) -> Sequence[Said]:
        """All that was kept, as it does not come before TLS."""
        self._over = True
        kept, self._kept = self._kept, []
        return kept

    def _begin(self, protocol: str, begins: int) -> Sequence[Said]:
        """The client's octets from there on: no server speaks TLS before it has heard of them."""
        self.protocol = protocol
        found = []
        for said in self.rest():
            if said.is_orig:
                if len(said.octets) > begins:
                    missed = 0 if begins else said.missed
                    found.append(Said(True, said.ts, said.frame_number, missed, said.octets[begins:]))
                begins = max(begins - len(said.octets), 0)
        return found
