"""IPsec in user space: packets of a TUN device, protected by Scapy, as IP protocol 50 or 51.

    python3 ipsec_tun.py esp|esp-null|ah LOCAL REMOTE

For kernels without IPsec. Keys are fixed: this protects nothing, it makes real packets.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import socket
import struct
import sys

from scapy.layers.inet import IP
from scapy.layers.ipsec import AH, ESP, IPSecIntegrityError, SecurityAssociation

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
OCTETS = 65535


def association(kind: str, source: str, destination: str) -> SecurityAssociation:
    """One direction of the tunnel; the index is told by kind and direction."""
    index = {"esp": 0x1000, "esp-null": 0x2000, "ah": 0x3000}[kind] + int(source.rpartition(".")[2])
    protection = {
        "esp": {"crypt_algo": "AES-GCM", "crypt_key": b"sixteen octets!!salt"},
        "esp-null": {"crypt_algo": "NULL", "auth_algo": "SHA2-256-128", "auth_key": b"k" * 32},
        "ah": {"auth_algo": "SHA2-256-128", "auth_key": b"k" * 32},
    }[kind]
    return SecurityAssociation(
        AH if kind == "ah" else ESP, spi=index, tunnel_header=IP(src=source, dst=destination), **protection
    )


def main() -> None:
    """Carry packets until killed."""
    kind, local, remote = sys.argv[1:]
    outward, inward = association(kind, local, remote), association(kind, remote, local)
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", kind.encode(), IFF_TUN | IFF_NO_PI))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 51 if kind == "ah" else 50)
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    watched = selectors.DefaultSelector()
    watched.register(tun, selectors.EVENT_READ)
    watched.register(raw, selectors.EVENT_READ)
    while True:
        for key, _ in watched.select():
            if key.fileobj is raw:
                packet = IP(raw.recv(OCTETS))
                known = packet.haslayer(AH if kind == "ah" else ESP)
                if packet.src == remote and known and packet[AH if kind == "ah" else ESP].spi == inward.spi:
                    try:
                        os.write(tun, bytes(inward.decrypt(packet)))
                    except IPSecIntegrityError as error:
                        print(f"ipsec_tun: {error}", file=sys.stderr)
            else:
                read = os.read(tun, OCTETS)
                if (
                    read[0] >> 4 == 4
                ):  # the association is for IPv4: the kernel's router solicitations stay here
                    raw.sendto(bytes(outward.encrypt(IP(read))), (remote, 0))


if __name__ == "__main__":
    main()
