"""A tunnel in user space, since the kernel may know none; helper of the scenarios about tunnels.

`python3 carrier.py OWN PEER PROTOCOL ADDRESS`: what a TUN device gives travels in IPv4 with that protocol; 47
has a GRE header before it (RFC 2784).
"""

CARRIER = """
import fcntl, os, select, socket, struct, subprocess, sys
own, peer, protocol, address = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
device = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack('16sH', b'site0', 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
more = ['nodad'] if ':' in address else []
subprocess.run(['ip', 'address', 'add', address, 'dev', 'site0', *more], check=True)
subprocess.run(['ip', 'link', 'set', 'site0', 'mtu', '1400', 'up'], check=True)
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
wire.bind((own, 0))
while True:
    for ready in select.select([device, wire], [], [])[0]:
        if ready == device:
            packet = os.read(device, 2000)
            kind = 0x86dd if packet[0] >> 4 == 6 else 0x0800
            wire.sendto((struct.pack('>HH', 0, kind) if protocol == 47 else b'') + packet, (peer, 0))
        else:
            packet = wire.recv(2100)
            os.write(device, packet[4 * (packet[0] & 15) + (4 if protocol == 47 else 0):])
"""
