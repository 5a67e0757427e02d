r"""What command lines say to whoever is at the terminal, told from text that only quotes one.

>>> says(b"uid=0(root) gid=0(root) groups=0(root)\n"), says(b"\x1b[?2004hroot@files:/run# ")
('shell', 'shell')
>>> says(b"sudo: root@files:/run# reboot\n"), says(b"debian login: "), says(b"files:6379> ")
('', 'login', '')
"""

from __future__ import annotations

import re

ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>]")
"""Control sequences and operating system commands (ECMA-48 sections 5.4 and 5.6): colours, titles."""

OUTPUT = re.compile(rb"uid=\d+\([\w.$-]{1,32}\) gid=\d+\(|Microsoft Windows \[Version ")
"""How the answer of `id` and the greeting of cmd.exe begin."""

PROMPT = re.compile(
    rb"(?:[\w.-]+@[\w.-]+:[~/][^\r\n]{0,60}[#$%] ?"  # bash of Debian
    rb"|\[[\w.-]+@[\w.-]+ [^\]\r\n]{1,40}\][#$%] ?"  # of Red Hat
    rb"|(?:ba|da|k|z)?sh-\d+\.\d+[#$] ?"  # without a file of its own
    rb"|(?:PS )?[A-Z]:\\[^\r\n<>|\"*?]{0,60}> ?)\Z"  # Windows
)
"""The whole last line of who waits for an order: user, host and directory, and nothing behind."""

LOGIN = re.compile(rb"(?:[\w.-]+ )?(?:[Ll]ogin|[Uu]sername|[Pp]assword): ?\Z")
"""The whole last line of who asks who it is."""

ENDS = b"#$%>:"
"""What the last lines end with, but for a space."""


def says(payload: bytes) -> str:
    """What a whole segment is of: "shell", "login", or "" where it is of neither."""
    if OUTPUT.match(payload):
        return "shell"
    last = re.split(rb"[\r\n]", ESCAPES.sub(b"", payload))[-1]
    if PROMPT.match(last):
        return "shell"
    return "login" if LOGIN.match(last) else ""
