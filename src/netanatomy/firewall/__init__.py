"""From findings to firewall rules, and what the rules do to the traffic of the capture."""
