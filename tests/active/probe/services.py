"""Real mail, file, directory, database and chat servers: private instances in a folder of their own.

Each is started in the foreground at a free port of loopback, with a configuration of the tests alone, and
ended by its process number. None of them reads what the machine's own server of that kind is set up with.
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.active.probe.programs import free_port, program, running

SMTPD_SETTINGS = """
compatibility_level = 3.6
config_directory = {folder}
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
"""
SMTPD_TLS = """
smtpd_tls_chain_files = {pem}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
"""
SMTPD_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
"""
QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved")

DOVECOT = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = nopassword=no password=none
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
"""
DOVECOT_TLS = """
ssl = required
ssl_cert = <{pem}
ssl_key = <{pem}
"""

VSFTPD = """
listen=YES
background=NO
listen_address=127.0.0.1
listen_port={port}
secure_chroot_dir={folder}/empty
anonymous_enable=YES
anon_root={folder}/empty
local_enable=NO
xferlog_enable=NO
seccomp_sandbox=NO
"""
VSFTPD_TLS = """
ssl_enable=YES
allow_anon_ssl=YES
ssl_ciphers=HIGH
rsa_cert_file={pem}
rsa_private_key_file={pem}
"""

SLAPD = """
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
rootDSE {folder}/root.ldif
"""
SLAPD_TLS = """
TLSCertificateFile {pem}
TLSCertificateKeyFile {pem}
TLSCACertificateFile {trust}
TLSVerifyClient never
"""

PROSODY = """
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
daemonize = false
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
modules_disabled = {{ "s2s", "offline" }}
authentication = "internal_hashed"
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{}}
interfaces = {{ "127.0.0.1" }}
"""
PROSODY_TLS = """
modules_enabled = {{ "tls", "saslauth" }}
c2s_require_encryption = true
VirtualHost "localhost"
    ssl = {{ certificate = "{pem}", key = "{pem}" }}
"""
PROSODY_PLAIN = """
modules_enabled = { "saslauth" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
VirtualHost "localhost"
"""


@dataclass(frozen=True)
class Tls:
    """What a server shows: key and certificates in one file; and the root, which some want to see as well."""

    pem: Path
    trust: Path


@contextmanager
def folder_for(user: str | None, tls: Tls | None) -> Iterator[tuple[Path, Path]]:
    """A folder that this user may write to, and the place of the certificate, which it may read.

    Folders of pytest let nobody in but who runs the tests; servers give up being root.
    """
    with tempfile.TemporaryDirectory(prefix="netanatomy-") as name:
        folder, copy = Path(name), Path(name) / "server.pem"
        folder.chmod(0o755)
        copy.write_bytes(tls.pem.read_bytes() if tls else b"")
        copy.chmod(0o600)
        give(user, folder, copy)
        yield folder, copy


def give(user: str | None, *paths: Path) -> None:
    """Make a user the owner, if root can."""
    if user and os.geteuid() == 0:
        who = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, who.pw_uid, who.pw_gid)


def need_root(why: str) -> None:
    """The test skips where it is not run by root."""
    if os.geteuid() != 0:
        pytest.skip(f"{why} wants to be started by root")


@contextmanager
def postfix(tls: Tls | None) -> Iterator[dict[str, int]]:
    """Postfix's master with nothing but smtpd and what that needs; no mail goes anywhere."""
    program("postfix", "postfix")
    need_root("postfix")
    with folder_for(None, tls) as (folder, copy):
        port = free_port()
        queue = folder / "queue"
        for path in (queue, queue / "pid", *(queue / name for name in QUEUE)):
            path.mkdir()
        for name in ("maildrop", "public"):
            (queue / name).mkdir(mode=0o730)
            os.chown(queue / name, pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid)
        (folder / "data").mkdir()
        give("postfix", folder / "data", *(queue / name for name in QUEUE))
        settings = SMTPD_SETTINGS + (SMTPD_TLS if tls else "")
        (folder / "main.cf").write_text(settings.format(folder=folder, pem=copy))
        (folder / "master.cf").write_text(SMTPD_SERVICES.format(port=port))
        with running(["/usr/lib/postfix/sbin/master", "-c", str(folder), "-d"], port, folder):
            yield {"smtp": port}


@contextmanager
def dovecot(tls: Tls | None) -> Iterator[dict[str, int]]:
    """Dovecot for IMAP and POP3; nobody can log in."""
    path = program("dovecot", "dovecot-imapd and dovecot-pop3d")
    if not Path("/usr/lib/dovecot/pop3-login").exists():
        pytest.skip("pop3-login is not installed (Debian: dovecot-pop3d)")
    need_root("dovecot")
    with folder_for(None, tls) as (folder, copy):
        ports = {name: free_port() for name in ("imap", "imaps", "pop3")}
        configuration = folder / "dovecot.conf"
        settings = DOVECOT + (DOVECOT_TLS if tls else "\nssl = no\n")
        configuration.write_text(settings.format(folder=folder, pem=copy, **ports))
        with running([path, "-F", "-c", str(configuration)], ports["imap"], folder):
            yield ports


@contextmanager
def vsftpd(tls: Tls | None) -> Iterator[dict[str, int]]:
    """An FTP server for anybody, with an empty folder."""
    path = program("vsftpd", "vsftpd")
    need_root("vsftpd")
    with folder_for(None, tls) as (folder, copy):
        port = free_port()
        (folder / "empty").mkdir(mode=0o555)
        configuration = folder / "vsftpd.conf"
        settings = VSFTPD + (VSFTPD_TLS if tls else "")
        configuration.write_text(settings.format(folder=folder, pem=copy, port=port))
        with running([path, str(configuration)], port, folder):
            yield {"ftp": port}


@contextmanager
def slapd(tls: Tls | None) -> Iterator[dict[str, int]]:
    """OpenLDAP with a root entry and nothing below it. Debian's has GnuTLS, not OpenSSL."""
    path = program("slapd", "slapd")
    with folder_for(None, tls) as (folder, copy):
        port = free_port()
        (folder / "root.ldif").write_text("dn:\nvendorName: The tests\nvendorVersion: 7\n")
        configuration = folder / "slapd.conf"
        settings = SLAPD + (SLAPD_TLS if tls else "") + "\ndatabase monitor\n"
        configuration.write_text(settings.format(folder=folder, pem=copy, trust=tls and tls.trust))
        # With a level of debugging, 0 or not, it stays in the foreground.
        with running(
            [path, "-d", "0", "-h", f"ldap://127.0.0.1:{port}", "-f", str(configuration)], port, folder
        ):
            yield {"ldap": port}


def of_postgresql(name: str) -> str:
    """A program of PostgreSQL: Debian puts them where no path leads to, several versions side by side."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else program(name, "postgresql")


@contextmanager
def postgresql(tls: Tls | None) -> Iterator[dict[str, int]]:
    """An empty database that wants SCRAM, and knows nobody but its owner."""
    initdb, postgres = of_postgresql("initdb"), of_postgresql("postgres")
    user = "nobody" if os.geteuid() == 0 else None
    with folder_for(user, tls) as (folder, copy):
        data, port = folder / "data", free_port()
        command = [initdb, "-D", str(data), "-N", "--locale=C", "-A", "scram-sha-256"]
        password = folder / "password"
        password.write_text("secret")
        give(user, password)
        command += ["--pwfile", str(password), "-U", "owner"]
        group = pwd.getpwnam(user).pw_gid if user else None
        subprocess.run(command, check=True, capture_output=True, cwd=folder, user=user, group=group)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            **({"ssl": "on", "ssl_cert_file": copy, "ssl_key_file": copy} if tls else {"ssl": "off"}),
            "fsync": "off",
            "max_worker_processes": 0,
            "shared_buffers": "1MB",
        }
        server = [postgres, "-D", str(data)]
        for key, value in settings.items():
            server += ["-c", f"{key}={value}"]
        with running(server, port, folder, user=user):
            yield {"postgres": port}


@contextmanager
def prosody(tls: Tls | None) -> Iterator[dict[str, int]]:
    """A chat server for the domain localhost, without accounts."""
    path = program("prosody", "prosody")
    user = "nobody" if os.geteuid() == 0 else None
    with folder_for(user, tls) as (folder, copy):
        port = free_port()
        (folder / "data").mkdir()
        give(user, folder / "data")
        configuration = folder / "prosody.cfg.lua"
        settings = PROSODY.format(folder=folder, port=port)
        configuration.write_text(settings + (PROSODY_TLS.format(pem=copy) if tls else PROSODY_PLAIN))
        with running([path, "--config", str(configuration), "-F"], port, folder, user=user):
            yield {"xmpp": port}
