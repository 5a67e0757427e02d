"""The protocols of the link layer, one file each."""
