"""An empty libpcap loop: in C, or where there is no compiler through ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from pathlib import Path

from peer import LIMIT, Missing, Peer

INSTALL = "apt install libpcap-dev (or libpcap0.8 for the library alone)"
ERROR_BUFFER = 256
"""PCAP_ERRBUF_SIZE of <pcap/pcap.h>."""


def command(capture: Path) -> list[str]:
    from compiled import compiled

    try:
        return [str(compiled("pcap_loop", "pcap")), str(capture)]
    except Missing:
        if ctypes.util.find_library("pcap") is None:
            raise Missing(f"libpcap is not installed: {INSTALL}") from None
        return [sys.executable, "-m", "peers.limit_libpcap", str(capture)]


def main(path: str) -> None:
    """The same without a compiler: `labs` of the C library is handed over as a callback that does nothing."""
    libpcap = ctypes.CDLL(ctypes.util.find_library("pcap"))
    nothing = ctypes.cast(ctypes.CDLL(None).labs, ctypes.c_void_p)
    libpcap.pcap_open_offline.restype = ctypes.c_void_p
    error = ctypes.create_string_buffer(ERROR_BUFFER)
    capture = libpcap.pcap_open_offline(path.encode(), error)
    if not capture:
        sys.exit(error.value.decode(errors="replace"))
    if libpcap.pcap_loop(ctypes.c_void_p(capture), -1, nothing, None) != 0:
        sys.exit("pcap_loop failed")


PEERS = (Peer("empty libpcap loop", LIMIT, "pcap_loop, a callback that does nothing", command),)

if __name__ == "__main__":
    main(sys.argv[1])
