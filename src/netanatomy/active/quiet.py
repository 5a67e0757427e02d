"""Libraries that log what they are told by others: what matters of that is told by our own results."""

from __future__ import annotations

import logging

TALKATIVE = ("quic", "http3")
"""Loggers of aioquic: without a handler Python prints their warnings, and what a server put into them."""


def quiet() -> None:
    """Keep libraries from printing; who sets up logging gets their records as before."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
