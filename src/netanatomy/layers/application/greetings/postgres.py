"""PostgreSQL's protocol 3 ("Message Formats" in its documentation): TLS, and how it wants a login."""

from __future__ import annotations

import struct

from netanatomy.errors import MalformedError
from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Exactly,
    Send,
    Service,
    StartTls,
    text,
)

SSL_REQUEST = struct.pack("!II", 8, 80877103)
PROTOCOL = 3 << 16
USER = "netanatomy"
MAXIMUM_MESSAGE = 30_000
"""Octets of one message; a length field may ask for two gigabytes."""

AUTHENTICATION = {
    0: "none: whoever connects is in",
    2: "Kerberos V5",
    3: "password in clear",
    5: "password as MD5",
    7: "GSSAPI",
    9: "SSPI",
    10: "SASL",
}
ERROR_FIELDS = {"S": "severity", "C": "code", "M": "message"}


def talk(conversation: Conversation) -> Dialogue:
    """Ask for TLS, then begin a login as a user that is hardly there, and stop where a password is asked."""
    if not conversation.secure:
        yield Send(SSL_REQUEST)
        answer = yield Exactly(1)
        if answer not in (b"S", b"N", b"E"):
            raise MalformedError(f'"{text(answer)}" in answer to SSLRequest', "postgresql", 0)
        conversation.starttls = answer == b"S"
        if answer == b"N":
            conversation.no_tls("PostgreSQL documentation, ssl")
        if answer == b"E":
            conversation.tell("answer", "an error, instead of yes or no to TLS")
            return
        if answer == b"S":
            # There is no way back to clear text after yes.
            yield StartTls()
    parameters = b"".join(word.encode() + b"\0" for word in ("user", USER, "database", USER)) + b"\0"
    yield Send(struct.pack("!II", 8 + len(parameters), PROTOCOL) + parameters)
    header = yield Exactly(5)
    kind, length = header[:1], int.from_bytes(header[1:], "big")
    if kind not in (b"R", b"E", b"v") or not 4 <= length <= MAXIMUM_MESSAGE:
        raise MalformedError(
            f'message "{text(kind)}" of {length} octets in answer to a startup', "postgresql", 0
        )
    body = yield Exactly(length - 4)
    if kind == b"R":
        _authentication(conversation, body)
    elif kind == b"E":
        for field in body.split(b"\0"):
            if (name := ERROR_FIELDS.get(text(field[:1]))) is not None:
                conversation.tell(name, text(field[1:]))


def _authentication(conversation: Conversation, body: bytes) -> None:
    number = int.from_bytes(body[:4], "big")
    names = [text(each) for each in body[4:].split(b"\0") if each] if number == 10 else []
    way = AUTHENTICATION.get(number, f"method {number}")
    conversation.tell("authentication", f"{way} ({', '.join(names)})" if names else way)
    if number == 0:
        what = f"the user {USER} is let in without any proof"
        why = "Whoever reaches the port reads and changes the data (trust in pg_hba.conf)."
        conversation.judge("login-without-proof", "bad", what, why, "PostgreSQL documentation, auth-trust")
    if number == 3 and not conversation.secure:
        why = "The password can be read on the way."
        conversation.judge("login-in-clear", "bad", way, why, "PostgreSQL documentation, auth-password")
    if number == 5:
        why = (
            "MD5 of password and name: who has it can log in, and guesses are quick; scram-sha-256 is better."
        )
        conversation.judge("login-md5", "weak", way, why, "PostgreSQL documentation, auth-password")


SERVICE = Service("postgres", 5432, 0, talk)
