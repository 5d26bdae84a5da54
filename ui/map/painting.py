"""Paint without ever letting an exception out: one that leaves ``paint`` can end the program."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtGui import QPainter, QTransform

logger = logging.getLogger(__name__)

Layer = TypeVar("Layer")
_reported: set[str] = set()


def in_pixels(paint: Callable[[Layer, QPainter, QTransform], None]) -> Callable[..., None]:
    """Make a ``paint`` of a graphics item from a function that paints in pixels.

    The function is given a painter without a transform, so that pens, hatching
    and text keep their size, and the transform from metres to pixels.
    """

    @functools.wraps(paint)
    def painted(self: Layer, painter: QPainter, option: Any = None, widget: Any = None) -> None:
        painter.save()
        try:
            view = painter.worldTransform()
            painter.resetTransform()
            paint(self, painter, view)
        except Exception:  # noqa: BLE001  the boundary: out of paint() it would end in a crash
            name = paint.__qualname__
            if name not in _reported:
                _reported.add(name)
                logger.exception("%s failed", name)
        finally:
            painter.restore()

    return painted
