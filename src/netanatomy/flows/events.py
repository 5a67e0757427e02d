"""Anomalies as the kernels note them: one line each, in arrays that Python empties.

A kernel must not note more than `MAXIMUM_PACKET_EVENTS` about one packet; whoever drives the
kernels sees to it that so many fit before each packet.
"""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

if not cython.compiled:
    from netanatomy.flows.packet import Packet

    MAXIMUM_PACKET_EVENTS = 40
    EVIDENCE_OCTETS = 64  # octets of each of two readings that are kept


class Events:
    """Room for `capacity` anomalies.

    Attributes:
        count: anomalies noted.
        evidence_count: how many of them have two readings of the same octets.
        arrays: the array behind each column, by name.
    """

    def __init__(self, capacity: cython.Py_ssize_t, readings: cython.Py_ssize_t = 1024) -> None:
        self.capacity = capacity
        self.readings = readings
        self.count = 0
        self.evidence_count = 0
        arrays: dict[str, NDArray[np.generic]] = {
            "name": np.zeros(capacity, np.uint16),
            "frame": np.zeros(capacity, np.uint64),
            "depth": np.zeros(capacity, np.uint8),
            "time": np.zeros(capacity, np.int64),
            "side": np.zeros(capacity, np.uint8),
            "uid_high": np.zeros(capacity, np.int64),
            "uid_low": np.zeros(capacity, np.int64),
            "source": np.zeros((capacity, 2), np.int64),
            "destination": np.zeros((capacity, 2), np.int64),
            "source_port": np.zeros(capacity, np.int32),
            "destination_port": np.zeros(capacity, np.int32),
            "offset": np.zeros(capacity, np.uint32),
            "length": np.zeros(capacity, np.uint32),
            "value": np.zeros(capacity, np.int64),
            "expected": np.zeros(capacity, np.int64),
            "other_frame": np.zeros(capacity, np.uint64),
            "has_numbers": np.zeros(capacity, np.uint8),
            "evidence": np.zeros(capacity, np.int32),
            "first_reading": np.zeros((readings, EVIDENCE_OCTETS), np.uint8),
            "second_reading": np.zeros((readings, EVIDENCE_OCTETS), np.uint8),
            "reading_length": np.zeros(readings, np.uint8),
        }
        self.arrays = arrays
        self.name = arrays["name"].data
        self.frame = arrays["frame"].data
        self.depth = arrays["depth"].data
        self.time = arrays["time"].data
        self.side = arrays["side"].data
        self.uid_high = arrays["uid_high"].data
        self.uid_low = arrays["uid_low"].data
        self.source = arrays["source"].data
        self.destination = arrays["destination"].data
        self.source_port = arrays["source_port"].data
        self.destination_port = arrays["destination_port"].data
        self.offset = arrays["offset"].data
        self.length = arrays["length"].data
        self.value = arrays["value"].data
        self.expected = arrays["expected"].data
        self.other_frame = arrays["other_frame"].data
        self.has_numbers = arrays["has_numbers"].data
        self.evidence = arrays["evidence"].data
        self.first_reading = arrays["first_reading"].data
        self.second_reading = arrays["second_reading"].data
        self.reading_length = arrays["reading_length"].data

    def empty(self) -> None:
        """Forget what was noted, once it was taken over."""
        self.count = 0
        self.evidence_count = 0

    def add(
        self, packet: Packet, name: cython.int, offset: cython.Py_ssize_t, length: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Note an anomaly of the packet at hand; `offset` and `length` say where in its frame.

        Returns its place, for `begin_evidence`.
        """
        place: cython.Py_ssize_t = self.count
        if place >= self.capacity:
            return place - 1
        self.name[place] = name
        self.frame[place] = packet.frame
        self.depth[place] = packet.depth
        self.time[place] = packet.time
        self.side[place] = packet.side
        self.uid_high[place] = packet.uid_high
        self.uid_low[place] = packet.uid_low
        self.source[place, 0] = packet.source_high
        self.source[place, 1] = packet.source_low
        self.destination[place, 0] = packet.destination_high
        self.destination[place, 1] = packet.destination_low
        self.source_port[place] = packet.source_port
        self.destination_port[place] = packet.destination_port
        self.offset[place] = offset
        self.length[place] = length
        self.has_numbers[place] = 0
        self.other_frame[place] = 0
        self.evidence[place] = -1
        self.count = place + 1
        return place

    def add_numbers(
        self,
        packet: Packet,
        name: cython.int,
        offset: cython.Py_ssize_t,
        length: cython.Py_ssize_t,
        value: cython.longlong,
        expected: cython.longlong,
        other_frame: cython.ulonglong,
    ) -> cython.Py_ssize_t:
        """The same with the number found, the right one, and the frame that it contradicts (or 0)."""
        place: cython.Py_ssize_t = self.add(packet, name, offset, length)
        self.value[place] = value
        self.expected[place] = expected
        self.other_frame[place] = other_frame
        self.has_numbers[place] = 1
        return place

    def begin_evidence(self, place: cython.Py_ssize_t, length: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Take a place among the readings for the anomaly at `place`; -1 if none is left."""
        reading: cython.Py_ssize_t = self.evidence_count
        if reading >= self.readings:
            return -1
        self.evidence_count = reading + 1
        self.evidence[place] = reading
        self.reading_length[reading] = length if length < EVIDENCE_OCTETS else EVIDENCE_OCTETS
        return reading
