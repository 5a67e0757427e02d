"""Tables to something a person reads."""
