"""Where things lie: shipped files, and the user's own folders.

``resources/`` and ``data/`` stand beside the package in a checkout, inside it
(``gridapp/_shipped``) in a wheel, and in the unpacked folder of a frozen bundle.
"""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

APP_NAME = "GridApp"


def _shipped_root() -> Path:
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle:
        return Path(bundle)
    package = Path(__file__).resolve().parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent


def resource(name: str) -> Path:
    """Return the path of a file below ``resources/``."""
    return _shipped_root() / "resources" / name


def shipped_data(name: str) -> Path:
    """Return the path of a file below ``data/``."""
    return _shipped_root() / "data" / name


def config_dir() -> Path:
    """Return the user's folder for keys and preferences, made if missing."""
    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False, ensure_exists=True))


def data_dir() -> Path:
    """Return the user's folder for databases, backups and logs, made if missing."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False, ensure_exists=True))


def cache_dir() -> Path:
    """Return the user's folder for what is made again when it is missing, made if missing."""
    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False, ensure_exists=True))
