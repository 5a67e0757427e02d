"""HIP, the Host Identity Protocol (RFC 7401)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.internet.ipv6_extension import header_length, next_header, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # https://www.iana.org/assignments/hip-parameters
    1: "I1: initiator",
    2: "R1: responder",
    3: "I2: second initiator",
    4: "R2: second responder",
    16: "UPDATE",
    17: "NOTIFY",
    18: "CLOSE",
    19: "CLOSE_ACK",
    32: "HIP_DATA",
}

PARAMETERS = {  # https://www.iana.org/assignments/hip-parameters
    65: "R1_COUNTER",
    193: "LOCATOR_SET",
    257: "PUZZLE",
    321: "SOLUTION",
    385: "SEQ",
    449: "ACK",
    511: "DH_GROUP_LIST",
    513: "DIFFIE_HELLMAN",
    579: "HIP_CIPHER",
    641: "ENCRYPTED",
    705: "HOST_ID",
    715: "HIT_SUITE_LIST",
    768: "CERT",
    832: "NOTIFICATION",
    897: "ECHO_REQUEST_SIGNED",
    961: "ECHO_RESPONSE_SIGNED",
    2049: "TRANSPORT_FORMAT_LIST",
    4095: "ESP_TRANSFORM",
    61505: "HIP_MAC",
    61569: "HIP_MAC_2",
    61633: "HIP_SIGNATURE_2",
    61697: "HIP_SIGNATURE",
    63661: "ECHO_REQUEST_UNSIGNED",
    63425: "ECHO_RESPONSE_UNSIGNED",
}


def parse(reader: HeaderReader) -> Next | None:
    """The fixed header with both identity tags, then the parameters."""
    following = next_header(reader)
    length = header_length(reader)
    with reader.restrict_to(length, "Parameters"):
        reader.unsigned("0", 1)
        reader.unsigned("Packet Type", 7, TYPES)
        reader.unsigned("Version", 4)
        reader.unsigned("Reserved", 3)
        reader.unsigned("1", 1)
        sent = reader.unsigned("Checksum", 16, hexadecimal=True)
        if reader.pseudo_header is not None:
            reader.note("Checksum status", transport_checksum_status(reader, sent, length + 2))
        reader.unsigned("Controls", 16, hexadecimal=True)
        reader.ipv6("Sender's Host Identity Tag")
        reader.ipv6("Receiver's Host Identity Tag")
        while reader.remaining:
            reader.unsigned("Parameter Type", 16, PARAMETERS)
            octets = reader.unsigned("Parameter Length", 16, "octets")
            if octets:
                reader.raw("Contents", octets)
            # RFC 7401 §5.2.1: type, length, contents and padding make a multiple of eight.
            if -(octets + 4) % 8:
                reader.raw("Padding", -(octets + 4) % 8)
    return onward(reader, following)


PROTOCOL = Protocol(
    name="hip",
    title="Host Identity Protocol",
    layer=Layer.INTERNET,
    reference="RFC 7401",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 139),),
    parse=parse,
    listed=False,
)
