"""Make Chinese input work with the Qt that pip installs.

Its wheels bring no fcitx plugin. fcitx5 answers as an ibus portal, so ibus is
named instead, before the application object is made.

Source: measured with fcitx5 5.0.21 under X11; named as the way in fcitx5 issue 444.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path


def set_up(environment: MutableMapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Name an input method that the installed Qt has; leave every other choice alone."""
    if not platform.startswith("linux") or environment.get("WAYLAND_DISPLAY"):
        return
    wish = environment.get("QT_IM_MODULE") or environment.get("XMODIFIERS", "")
    if "fcitx" in wish and not _has_fcitx_plugin():
        environment["QT_IM_MODULE"] = "ibus"
        environment["IBUS_USE_PORTAL"] = "1"


def _has_fcitx_plugin() -> bool:
    import PySide6

    folder = Path(PySide6.__file__).parent / "Qt/plugins/platforminputcontexts"
    return folder.is_dir() and any("fcitx" in plugin.name for plugin in folder.iterdir())
