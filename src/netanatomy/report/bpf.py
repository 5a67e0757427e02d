"""Choosing frames by a pcap-filter(7) expression, with the libpcap of the system."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

import numpy as np
from numpy.typing import NDArray

from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.schema.frames import FrameBatch

LIBRARY_NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.dylib")
SNAP_LENGTH = 262_144  # octets, MAXIMUM_SNAPLEN of libpcap
NETMASK_UNKNOWN = 0xFFFFFFFF  # PCAP_NETMASK_UNKNOWN

DIFFERENT_NUMBERS = {101: 14 if sys.platform.startswith("openbsd") else 12}
"""LINKTYPE_ numbers that libpcap calls otherwise inside (DLT_): only raw IP, of those still in use."""


class _Instructions(ctypes.Structure):
    """`struct bpf_program`."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


class _PacketHeader(ctypes.Structure):
    """`struct pcap_pkthdr`."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("captured_length", ctypes.c_uint32),
        ("original_length", ctypes.c_uint32),
    )


class FrameFilter:
    """A pcap-filter expression, compiled for each link type that turns up.

    Raises:
        UsageError: libpcap does not understand the expression.
        NetanatomyError: there is no libpcap.
    """

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._library = _libpcap()
        self._programs: dict[int, _Instructions] = {}

    def mask(self, batch: FrameBatch) -> NDArray[np.bool_]:
        """Which frames the expression matches."""
        kept = np.zeros(len(batch), np.bool_)
        first = batch.octets.ctypes.data
        header = _PacketHeader()
        reference = ctypes.byref(header)
        match = self._library.pcap_offline_filter
        for link_type in np.unique(batch.link_type).tolist():
            program = ctypes.byref(self._program(link_type))
            for index in np.flatnonzero(batch.link_type == link_type).tolist():
                header.captured_length = int(batch.captured_length[index])
                header.original_length = int(batch.original_length[index])
                kept[index] = match(program, reference, first + int(batch.offset[index])) != 0
        return kept

    def _program(self, link_type: int) -> _Instructions:
        known = self._programs.get(link_type)
        if known is not None:
            return known
        library = self._library
        handle = library.pcap_open_dead(DIFFERENT_NUMBERS.get(link_type, link_type), SNAP_LENGTH)
        if not handle:
            raise NetanatomyError("libpcap gave no handle to compile the filter with")
        program = _Instructions()
        try:
            text = self._expression.encode()
            if library.pcap_compile(handle, ctypes.byref(program), text, 1, NETMASK_UNKNOWN) != 0:
                reason = library.pcap_geterr(handle).decode("utf-8", "replace").strip()
                raise UsageError(f"the BPF filter does not fit link type {link_type}: {reason}")
        finally:
            library.pcap_close(handle)
        self._programs[link_type] = program
        return program


def _libpcap() -> ctypes.CDLL:
    found = ctypes.util.find_library("pcap")
    for name in filter(None, (found, *LIBRARY_NAMES)):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.pcap_open_dead.argtypes = [ctypes.c_int, ctypes.c_int]
        library.pcap_open_dead.restype = ctypes.c_void_p
        library.pcap_compile.argtypes = [
            ctypes.c_void_p,
            ctypes.POINTER(_Instructions),
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_uint32,
        ]
        library.pcap_geterr.argtypes = [ctypes.c_void_p]
        library.pcap_geterr.restype = ctypes.c_char_p
        library.pcap_close.argtypes = [ctypes.c_void_p]
        library.pcap_close.restype = None
        library.pcap_offline_filter.argtypes = [
            ctypes.POINTER(_Instructions),
            ctypes.POINTER(_PacketHeader),
            ctypes.c_void_p,
        ]
        return library
    raise NetanatomyError(
        "--bpf needs libpcap, and there is none on this system (Debian: apt install libpcap0.8)"
    )
