"""nfpcapd of nfdump: flows written to a file."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from peer import CONNECTIONS, TOOL, Peer, program


def command(capture: Path) -> list[str]:
    path = program("nfpcapd", "apt install nfdump")
    return [sys.executable, "-m", "peers.nfpcapd", path, str(capture)]


def main(path: str, capture: str) -> None:
    """It wants a folder to write to, which must go again: so it is started from here."""
    folder = tempfile.mkdtemp(prefix="netanatomy-nfpcapd-")
    try:
        done = subprocess.run([path, "-r", capture, "-w", folder], check=False, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder)
    sys.exit(done.returncode)


PEERS = (Peer("nfpcapd", TOOL, "flows, written to a file", command, groups=(CONNECTIONS,)),)

if __name__ == "__main__":
    main(*sys.argv[1:])
