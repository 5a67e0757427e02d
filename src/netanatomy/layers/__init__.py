"""What protocols are: no files, no sockets, no clock; one file per protocol, one folder per layer."""
