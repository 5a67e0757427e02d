"""The protocols of the application layer, one file each."""
