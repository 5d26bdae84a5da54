"""Odd texts and values, and what makes a hostile file."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD_TEXTS = (
    "", " ", "'; DROP TABLE visit; --", '" OR 1=1', "=cmd|' /C calc'!A0", "@SUM(1+1)", "../../../etc/passwd",
    "C:\\con\\aux", "\x00", "\x1b[2J", "\u202e倒写", "\u200b零宽", "\ud800", "\U0010ffff", "a" * 100_000, "%s%n",
    "{0.__class__}", "<script>", "㍿﷽", "1e999", "NaN", "-0", "９９０１０１", "null", "\ufeff", "\r\n\r\n", "𠮷" * 500,
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, -(2**64), 10**400, 1e308, math.nan, math.inf, [], {}, [[[]]], {"id": {}},
    "2026-02-30", "0000-01-01", "9999-12-31", "10000-01-01", "2026-1-1", *ODD_TEXTS,
)  # fmt: skip
Maker = Callable[[random.Random, Path], None]
