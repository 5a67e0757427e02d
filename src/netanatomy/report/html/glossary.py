"""Words that the report uses, for whoever meets them for the first time."""

from types import MappingProxyType

GLOSSARY = MappingProxyType(
    {
        "ACK": "Acknowledgment: a TCP flag that says up to where everything was received.",
        "amplification": "A small question with a forged sender makes a server send its victim much.",
        "ARP": "Address Resolution Protocol: asks who has an IPv4 address; anybody may answer.",
        "backscatter": "Answers of an attacked server to the made-up addresses it was attacked from.",
        "confidence": "How sure a verdict is, from 0 to 100 %; how bad it is says the severity.",
        "connection": "All packets of one conversation between two sockets, both ways.",
        "datagram": "A message of UDP; it stands for itself, without a connection.",
        "evidence": "The frames and octets that prove a finding. `netanatomy show` takes such a frame apart.",
        "frame": "What a network card sends at once: the packet with the header of the link around it.",
        "handshake": "The three segments with which a TCP connection begins: SYN, SYN-ACK, ACK.",
        "ICMP": "Internet Control Message Protocol: errors and pings.",
        "layer": "Each layer packs what the layer above gives it: link, internet, transport, application.",
        "MAC address": "Address of a network card on its link; a router replaces it at each hop.",
        "packet": "What IP carries from host to host across networks.",
        "port": "Number that tells the services of one host apart; 0 to 1023 are the well-known ones.",
        "reflector": "A server that is made to answer somebody who did not ask.",
        "RST": "Reset: a TCP flag that ends a connection at once.",
        "segment": "A piece of a TCP connection with its header.",
        "severity": "How bad it is. From medium on it is something to act on today.",
        "spoofed": "With a forged sender address.",
        "SYN": "The TCP flag that asks to begin a connection.",
        "TTL": "Time to live: how many routers a packet may still pass; tells how far away the sender is.",
        "tunnel": "A packet inside a packet: it passes where its content might not.",
        "VLAN": "One of several separate networks on the same cables, told apart by a tag in the frame.",
    }
)
