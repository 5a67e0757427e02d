"""How far octets have got that were written: what the system has not yet brought to the other end.

Cutting a connection throws away what the system still holds. Whoever cuts waits for that before.
"""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

APPLE_WAITING = 0x1024  # SO_NWRITE of <sys/socket.h>: octets in the send buffer
SYSTEM: str = sys.platform  # by a name of its own: what other systems do is checked as well
LINGER = struct.Struct("hh" if sys.platform == "win32" else "ii")  # l_onoff, l_linger
INTEGER = struct.Struct("i")


def waiting_octets(connection: socket.socket) -> int | None:
    """Octets that were handed to the system and that the other end has not acknowledged.

    None where the system does not say; 0 where the connection is gone: then nothing is on its way.
    """
    try:
        if SYSTEM == "linux":
            import fcntl
            import termios

            # SIOCOUTQ of tcp(7) has the number of TIOCOUTQ.
            said = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, INTEGER.pack(0))
            return int(INTEGER.unpack(said)[0])
        if SYSTEM == "darwin":
            return connection.getsockopt(socket.SOL_SOCKET, APPLE_WAITING)
    except (OSError, ValueError):
        return 0
    return None


def close_by_reset(connection: socket.socket) -> None:
    """Let closing be a reset (RST), and no orderly end (FIN) that would pretend that all was said."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER.pack(1, 0))
