"""What is told of one peer and one capture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a peer took for a capture; medians over the runs."""

    capture: str
    peer: str
    kind: str
    work: str
    packets: int
    runs: int
    cpu: float
    cpu_least: float
    start_up_cpu: float
    """Seconds that the same program takes for a capture without a packet."""
    wall: float
    resident: int

    @property
    def rate(self) -> float:
        """Packets a CPU second, start-up included."""
        return self.packets / self.cpu

    @property
    def rate_less_start_up(self) -> float:
        """Packets a CPU second, start-up taken off."""
        return self.packets / max(self.cpu - self.start_up_cpu, 1e-3)
