"""Keys made on the laptop, so that rows can travel without a server.

People, places and intervals carry a UUIDv7. A visit carries its "dot": the
site that logged it (80 random bits, one per database) and a sequence number
without gaps (40 bits). The dot is stored as one integer and written as UUIDv8.

Source: RFC 9562 sections 5.7 (UUIDv7) and 5.8 (UUIDv8; the packing is ours).
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import uuid
from random import Random

SITE_BITS = 80
SEQUENCE_BITS = 40
_VARIANT = 0b10

_lock = threading.Lock()
_last_instant = 0
_last_counter = 0


def uuid7(at: dt.datetime, random: Random | None = None) -> uuid.UUID:
    """Return a time-ordered key.

    Args:
        at: The instant to carry, cut to milliseconds.
        random: Source of the 74 free bits; None takes the system's.
    """
    milliseconds = int(at.timestamp() * 1000)
    free = random.getrandbits(74) if random else secrets.randbits(74)
    return _assemble7(milliseconds, free)


def new_key(at: dt.datetime) -> uuid.UUID:
    """Return a key greater than every one this process made before.

    Within one millisecond, or when the clock goes back, a counter in the upper
    free bits keeps the order in which rows were made.
    """
    global _last_instant, _last_counter
    with _lock:
        milliseconds = int(at.timestamp() * 1000)
        if milliseconds > _last_instant:
            _last_instant, _last_counter = milliseconds, 0
        else:
            _last_counter += 1
            if _last_counter >= 1 << 12:
                _last_instant, _last_counter = _last_instant + 1, 0
        free = (_last_counter << 62) | secrets.randbits(62)
        return _assemble7(_last_instant, free)


def _assemble7(milliseconds: int, free: int) -> uuid.UUID:
    high = (milliseconds & (2**48 - 1)) << 80
    return uuid.UUID(int=high | (7 << 76) | ((free >> 62) << 64) | (_VARIANT << 62) | (free & (2**62 - 1)))


def visit_uuid(site: int, seq: int) -> uuid.UUID:
    """Return the key of visit number ``seq`` logged at ``site``.

    Args:
        site: 80-bit number of the database that logged the visit.
        seq: 40-bit sequence number at that site.
    """
    payload = (site << SEQUENCE_BITS | seq) << 2  # 122 free bits; the lowest two stay zero
    high, middle, low = payload >> 74, payload >> 62 & 0xFFF, payload & (2**62 - 1)
    return uuid.UUID(int=high << 80 | 8 << 76 | middle << 64 | _VARIANT << 62 | low)


def parse_visit_uuid(key: uuid.UUID) -> tuple[int, int] | None:
    """Return the site and sequence number of a visit key, or None for another kind of key."""
    value = key.int
    if key.version != 8 or value >> 62 & 0b11 != _VARIANT:
        return None
    payload = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & (2**62 - 1)
    if payload & 0b11:
        return None
    dot = payload >> 2
    return dot >> SEQUENCE_BITS, dot & (2**SEQUENCE_BITS - 1)


def parse_uuid(text: str) -> uuid.UUID | None:
    """Return the key a canonical UUID text stands for, or None for any other text."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        return None
    return key if str(key) == text else None
