"""The real servers of the scenarios: each function writes a configuration, starts the daemon and waits."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

from lab.namespaces import Host, listens, unlines, wait_for

PROGRAMS = {
    "dnsmasq": "dnsmasq-base",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
    "postfix": "postfix",
    "ntpd": "ntpsec",
    "radvd": "radvd",
    "lldpd": "lldpd",
    "avahi-daemon": "avahi-daemon",
    "nft": "nftables",
    "socat": "socat",
}


def log_lines(file: Path, *words: str) -> int:
    """How many lines of a log hold all the words."""
    if not file.exists():
        return 0
    return sum(all(word in line for word in words) for line in file.read_text(errors="replace").splitlines())


def names_and_leases(host: Host, settings: list[str]) -> Path:
    """Run dnsmasq as DNS and (with `dhcp-` settings) DHCP and TFTP server; gives the path of its log."""
    log = host.folder / "dnsmasq.log"
    conf = host.folder / "dnsmasq.conf"
    common = [
        *("user=root", "no-resolv", "no-hosts", "log-queries", f"log-facility={log}", "pid-file"),
        *("log-dhcp", f"dhcp-leasefile={host.folder / 'leases'}"),
    ]
    conf.write_text(unlines([*common, *settings]))
    host.start("dnsmasq", "--keep-in-foreground", f"--conf-file={conf}")
    wait_for("dnsmasq", listens(host, 53, "udp"))
    return log


def web(host: Host, name: str) -> Path:
    """Run nginx with HTTP and HTTPS on both address families; gives the path of the access log."""
    root = host.folder / "www"
    root.mkdir()
    text = "".join(f"<li>Room {room}: printer, desk, telephone</li>\n" for room in range(1, 60))
    (root / "index.html").write_text(
        f"<!doctype html><title>{name}</title><h1>{name}</h1><ul>\n{text}</ul>\n"
    )
    noise = random.Random(name)
    (root / "logo.png").write_bytes(picture(48, noise))
    (root / "report.pdf").write_bytes(b"%PDF-1.4\n" + noise.randbytes(120_000))
    cert, key = make_certificate(host, name)
    log = host.folder / "access.log"
    conf = host.folder / "nginx.conf"
    conf.write_text(
        f"""daemon off; user root; worker_processes 1; pid {host.folder}/nginx.pid;
error_log {host.folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log {log};
  types {{ text/html html; image/png png; application/pdf pdf; }}
  client_body_temp_path {host.folder}/body; proxy_temp_path {host.folder}/proxy;
  fastcgi_temp_path {host.folder}/fastcgi; uwsgi_temp_path {host.folder}/uwsgi;
  scgi_temp_path {host.folder}/scgi;
  server {{
    listen [::]:80 ipv6only=off; listen [::]:443 ssl ipv6only=off;
    server_name {name}; root {root};
    ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
    location = /login {{ return 302 /index.html; }}
    location = /form {{ return 200 "thank you\\n"; }}
  }}
}}
"""
    )
    host.start("nginx", "-c", str(conf), "-e", str(host.folder / "error.log"))
    wait_for(f"nginx on {host.name}", listens(host, 443))
    return log


def picture(side: int, noise: random.Random) -> bytes:
    """A square PNG of random colours (RFC 2083: signature, IHDR, IDAT, IEND)."""
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def make_certificate(host: Host, name: str) -> tuple[Path, Path]:
    """A throw-away self-signed certificate and its key, as files of the host."""
    cert, key = host.folder / "cert.pem", host.folder / "cert.key"
    host.run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "30"),
        *("-keyout", str(key), "-out", str(cert)),
    )
    return cert, key


def shell(host: Host) -> tuple[Path, Path]:
    """OpenSSH's server, with a throw-away key that may log in; gives that private key and the log."""
    (host.folder / "run" / "sshd").mkdir()
    host_key, user_key = host.folder / "host_key", host.folder / "user_key"
    for key in (host_key, user_key):
        host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key))
    log = host.folder / "sshd.log"
    conf = host.folder / "sshd_config"
    conf.write_text(
        unlines(
            [
                *("Port 22", f"HostKey {host_key}", "PidFile none", "UsePAM no", "StrictModes no"),
                *("PermitRootLogin prohibit-password", "PasswordAuthentication no", "PrintLastLog no"),
                *(f"AuthorizedKeysFile {user_key}.pub", "UseDNS no", "LogLevel VERBOSE"),
            ]
        )
    )
    host.start("/usr/sbin/sshd", "-D", "-f", str(conf), "-E", str(log))
    wait_for("sshd", listens(host, 22))
    return user_key, log


def mail(host: Host, name: str, domain: str) -> Path:
    """Postfix that takes mail for the domain and throws it away; gives the path of its log."""
    conf, log = host.folder / "postfix", host.folder / "mail.log"
    for folder in ("postfix", "queue", "data"):
        (host.folder / folder).mkdir()
    cert, key = make_certificate(host, name)
    host.run("chown", "postfix", str(host.folder / "data"))
    (conf / "main.cf").write_text(
        unlines(
            [
                *("compatibility_level = 3.6", f"queue_directory = {host.folder}/queue"),
                *(f"data_directory = {host.folder}/data", f"maillog_file = {log}"),
                *(f"maillog_file_prefixes = {host.folder}", f"myhostname = {name}", f"mydomain = {domain}"),
                *(
                    "mydestination =",
                    "alias_maps =",
                    "alias_database =",
                    f"virtual_mailbox_domains = {domain}",
                ),
                *(
                    "virtual_mailbox_maps = static:all",
                    "virtual_transport = discard:",
                    "inet_protocols = all",
                ),
                *(f"smtpd_tls_cert_file = {cert}", f"smtpd_tls_key_file = {key}"),
                *("smtpd_tls_security_level = may", "smtpd_relay_restrictions = reject_unauth_destination"),
            ]
        )
    )
    # The daemons are named as Debian ships them, but none in a chroot: that would need files copied there.
    (conf / "master.cf").write_text(
        unlines(
            [
                "smtp inet n - n - - smtpd",
                "pickup unix n - n 60 1 pickup",
                "cleanup unix n - n - 0 cleanup",
                "qmgr unix n - n 300 1 qmgr",
                "tlsmgr unix - - n 1000? 1 tlsmgr",
                "rewrite unix - - n - - trivial-rewrite",
                "bounce unix - - n - 0 bounce",
                "defer unix - - n - 0 bounce",
                "trace unix - - n - 0 bounce",
                "verify unix - - n - 1 verify",
                "flush unix n - n 1000? 0 flush",
                "error unix - - n - - error",
                "discard unix - - n - - discard",
                "proxymap unix - - n - - proxymap",
                "anvil unix - - n - 1 anvil",
                "scache unix - - n - 1 scache",
                "postlog unix-dgram n - n - 1 postlogd",
            ]
        )
    )
    host.start("postfix", "-c", str(conf), "start-fg")
    wait_for("postfix", listens(host, 25))
    return log


def clock(host: Host) -> None:
    """Run NTPsec's server, which leaves the computer's own clock alone and answers mode 6 as well."""
    conf = host.folder / "ntp.conf"
    conf.write_text(
        unlines(
            [
                *("disable ntp", "disable kernel", "tos orphan 8 orphanwait 1"),
                # Its default is to answer no queries (mode 6); `restrict default` does not change that.
                *("restrict 0.0.0.0 mask 128.0.0.0", "restrict 128.0.0.0 mask 128.0.0.0"),
                *("restrict fc00:: mask fe00::", "restrict 2000:: mask e000::"),
            ]
        )
    )
    host.start("ntpd", "-n", "-c", str(conf), "-p", "/run/ntpd.pid", "-l", str(host.folder / "ntpd.log"))
    wait_for("ntpd", listens(host, 123, "udp"))


def router_advertisements(host: Host, interface: str, prefix: str, resolver: str) -> None:
    """radvd: the prefix, its lifetimes, and the resolver (RFC 8106)."""
    conf = host.folder / "radvd.conf"
    conf.write_text(
        f"interface {interface} {{ AdvSendAdvert on; MinRtrAdvInterval 10; MaxRtrAdvInterval 20;"
        f" AdvLinkMTU 1500; prefix {prefix} {{ AdvOnLink on; AdvAutonomous on; }};"
        f" RDNSS {resolver} {{ }}; }};\n"
    )
    conf.chmod(0o644)
    host.start("radvd", "-n", "-C", str(conf), "-m", "stderr", "-p", str(host.folder / "radvd.pid"))


def link_discovery(host: Host, interface: str, description: str) -> None:
    """Run lldpd on one interface; inventory off (-i), since it would tell about the real computer."""
    (host.folder / "run" / "lldpd").mkdir()
    host.start(
        *("lldpd", "-d", "-i", "-I", interface, "-C", interface, "-S", description),
        *("-P", "Linux", "-u", "/run/lldpd.socket"),
    )


def announced_printer(host: Host) -> None:
    """Let avahi announce a printer by mDNS and answer for it."""
    services = host.folder / "services"
    services.mkdir(mode=0o755)
    (services / "printer.service").write_text(
        '<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">\n'
        "<service-group><name>Office printer</name><service><type>_ipp._tcp</type><port>631</port>"
        "<txt-record>ty=Lab printer</txt-record></service></service-group>\n"
    )
    host.bind(services, "/etc/avahi/services")
    (host.folder / "run" / "avahi-daemon").mkdir()
    conf = host.folder / "avahi.conf"
    conf.write_text(
        unlines(
            [
                *("[server]", f"host-name={host.name}", "allow-interfaces=eth0", "enable-dbus=no"),
                *("[publish]", "publish-hinfo=no", "publish-workstation=no"),
            ]
        )
    )
    host.start("avahi-daemon", "-f", str(conf), "--no-drop-root", "--no-chroot", "--no-rlimits")


def firewall(host: Host, rules: str) -> None:
    """Load nftables rules."""
    host.run("nft", "-f", "-", stdin=rules)


def files(host: Host) -> None:
    """Run vsftpd for anonymous readers."""
    root = host.folder / "ftp"
    root.mkdir()
    (root / "report.txt").write_text("Room 12 needs a new lamp.\n" * 400)
    conf = host.folder / "vsftpd.conf"
    conf.write_text(
        unlines(
            [
                *("listen=NO", "listen_ipv6=YES", "background=NO", "anonymous_enable=YES", "local_enable=NO"),
                *(f"anon_root={root}", "ftp_username=ftp", "secure_chroot_dir=/run", "seccomp_sandbox=NO"),
                *("pasv_min_port=30000", "pasv_max_port=30100"),
            ]
        )
    )
    host.start("vsftpd", str(conf))
    wait_for("vsftpd", listens(host, 21))


def agent(host: Host) -> None:
    """Run snmpd, which tells the community `public` of its system, interfaces, IP, TCP and UDP."""
    conf = host.folder / "snmpd.conf"
    conf.write_text(
        unlines(
            [
                # The rest of what it knows (processes, file systems) is of the computer, not of the range.
                *(f"view range included .1.3.6.1.2.1.{group}" for group in (1, 2, 4, 6, 7)),
                *("rocommunity public default -V range", "rocommunity6 public default -V range"),
                *("agentaddress udp:161,udp6:161", "sysDescr Lab agent"),
                *(f"sysName {host.name}", "sysLocation Rack 1", "sysContact staff@range.example"),
            ]
        )
    )
    host.start("snmpd", "-f", "-Lo", "-C", "-c", str(conf), "-p", "/run/snmpd.pid")
    wait_for("snmpd", listens(host, 161, "udp"))


def cache(host: Host) -> None:
    """Run memcached on TCP and, as its distributors no longer do, on UDP."""
    host.start("memcached", "-u", "nobody", "-l", "0.0.0.0", "-U", "11211", "-m", "16")
    wait_for("memcached", listens(host, 11211))


def resolver(host: Host) -> None:
    """Run BIND as an open resolver for the zone `range.example`, in which `big` has 16 long TXT records."""
    zone = host.folder / "zone"
    long = "\n".join(f'big TXT "{number:02} {"anatomy of a network " * 10}"' for number in range(16))
    zone.write_text(
        f"$TTL 300\n@ SOA ns root 1 3600 600 86400 300\n@ NS ns\nns A {host.ip}\nwww A {host.ip}\n"
        f"web A 10.20.0.10\n@ MX 10 mail\nmail A 10.20.0.25\n{long}\n"
    )
    conf = host.folder / "named.conf"
    conf.write_text(
        f"""options {{ directory "{host.folder}"; listen-on {{ any; }}; listen-on-v6 {{ any; }};
recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation no; pid-file none;
max-udp-size 4096; edns-udp-size 4096; session-keyfile none; empty-zones-enable no; }};
controls {{ }};
zone "." {{ type primary; file "{host.folder}/root"; }};
zone "range.example" {{ type primary; file "{zone}"; }};
"""
    )
    (host.folder / "root").write_text(
        f"$TTL 300\n. SOA ns. root. 1 3600 600 86400 300\n. NS ns.\nns. A {host.ip}\n"
    )
    host.start("named", "-f", "-c", str(conf), "-u", "root", "-n", "1")
    wait_for("named", listens(host, 53, "udp"))


def leases(host: Host, first: str, last: str, gateway: str, *settings: str) -> Path:
    """Run dnsmasq as a DHCP server for the addresses from `first` to `last`; gives the path of its log."""
    return names_and_leases(
        host,
        [f"dhcp-range={first},{last},255.255.255.0,10m", f"dhcp-option=option:router,{gateway}", *settings],
    )
