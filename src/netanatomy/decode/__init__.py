"""Frames to packets: the walk up the layers, through tunnels and fragments."""
