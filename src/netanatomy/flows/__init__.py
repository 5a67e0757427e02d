"""Packets to connections, streams and anomalies: what happened in each conversation."""
