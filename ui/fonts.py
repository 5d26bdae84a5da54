"""The fonts of the screen: the system's own where it has Chinese, else ours.

Windows and macOS bring a good Chinese font; a bare Linux has none and would
show boxes, so the shipped files are loaded there, once, on first need.
"""

from __future__ import annotations

import logging

from PySide6.QtGui import QFont, QFontDatabase

from gridapp import paths

logger = logging.getLogger(__name__)

FAMILIES = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
)
"""Families with simplified glyph shapes, best first."""

RARE_FAMILIES = ("HanaMinB", "Hanazono Mincho B")
"""Families with the characters of rare names (CJK extensions B to F)."""

_loaded: list[str] | None = None


def shipped_files() -> list[str]:
    """Return the font files below ``resources/fonts``, in a fixed order."""
    folder = paths.resource("fonts")
    return [str(path) for path in sorted(folder.glob("*")) if path.suffix.lower() in {".ttf", ".otf", ".ttc"}]


def families() -> list[str]:
    """Return the family list for every font of the program, loading ours if needed."""
    global _loaded
    if _loaded is None:
        system = set(QFontDatabase.families())
        present = [family for family in FAMILIES if family in system]
        _loaded = present or _load([name for name in shipped_files() if "hana" not in name.lower()])
        if not _loaded:
            logger.warning("No Chinese font was found; install fonts-noto-cjk or put fonts below resources/fonts.")
    return [*_loaded, *RARE_FAMILIES]


def load_rare() -> None:
    """Load the shipped font of rare characters; called after the first paint."""
    if not set(RARE_FAMILIES) & set(QFontDatabase.families()):
        _load([name for name in shipped_files() if "hana" in name.lower()])


def font(points: float, bold: bool = False) -> QFont:
    """Return a font of the program at a size given in points."""
    made = QFont()
    made.setFamilies(families())
    made.setPointSizeF(points)
    if bold:
        made.setWeight(QFont.Weight.Bold)
    return made


def _load(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number = QFontDatabase.addApplicationFont(name)
        if number < 0:
            logger.warning("A shipped font could not be loaded: %s", name)
            continue
        found += [family for family in QFontDatabase.applicationFontFamilies(number) if family not in found]
    return found
