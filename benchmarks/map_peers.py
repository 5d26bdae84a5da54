"""Programs the map is compared with, each in a process of its own, asked in turn with what is ours.

QGIS runs in the Python of Debian's python3-qgis (GRIDAPP_QGIS_PYTHON names another one), geopandas in ours or in
the one GRIDAPP_GEOPANDAS_PYTHON names. What is not installed is left out, and its lines have no ratio.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
CLASSES = 7


class Peer:
    """A peer that has been started.

    Attributes:
        name: Its name and version.
    """

    def __init__(self, python: str, script: str) -> None:
        """Start it.

        Raises:
            OSError: There is no such Python.
            ValueError: It has not got the library.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_"))}
        self._process = subprocess.Popen(
            [python, str(HERE / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=environment | {"QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
        self.name = str(self._answer()["peer"])

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise ValueError("the peer is gone")

    def ask(self, do: str, **arguments: Any) -> dict[str, float]:
        """Have a task done, e.g. "draw"; return its times. [s]"""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, float] = self._answer()
        return answer

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


def qgis() -> Peer | None:
    """Return QGIS where it is installed."""
    return _started(os.environ.get("GRIDAPP_QGIS_PYTHON", "/usr/bin/python3"), "peer_qgis.py")


def geopandas() -> Peer | None:
    """Return geopandas where it is installed."""
    return _started(os.environ.get("GRIDAPP_GEOPANDAS_PYTHON", sys.executable), "peer_geopandas.py")


def _started(python: str, script: str) -> Peer | None:
    try:
        return Peer(python, script)
    except (OSError, ValueError):
        return None


def write_polygons(path: Path, shapes: NDArray[Any]) -> None:
    """Write polygons as a GeoPackage with classes by chance in the columns class0, class1, …."""
    import pyogrio

    dice = np.random.default_rng(3)
    columns = [dice.integers(0, CLASSES, len(shapes)).astype(np.int32) for _column in range(4)]
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    parts = shapely.multipolygons(pieces, indices=owner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # metres of a frame of our own have no name
        pyogrio.raw.write(
            str(path), shapely.to_wkb(parts), columns, [f"class{number}" for number in range(4)],
            geometry_type="MultiPolygon", driver="GPKG", crs=None,
        )  # fmt: skip
