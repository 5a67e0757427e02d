"""What netanatomy is measured against: a file here is a peer (or a few of one kind).

Each has `PEERS`, a tuple of `peer.Peer`; nothing else names it. A Python program is run as
`python -m peers.NAME CAPTURE`.
"""
