"""The protocols of the transport layer, one file each."""
