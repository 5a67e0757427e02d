"""The protocols of the internet layer, one file each."""
