"""The programs the map is measured against still do what the benchmarks ask of them, where they are installed.

A peer that is not there is skipped by name, which ``-ra`` shows at the end of every run; one that is there must answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from benchmarks import map_peers


def has(python: str, module: str) -> bool:
    """Tell whether a Python has a library."""
    try:
        return subprocess.run([python, "-c", f"import {module}"], capture_output=True, timeout=120).returncode == 0
    except OSError:
        return False


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    path = tmp_path / "cells.gpkg"
    map_peers.write_polygons(path, np.array([shapely.box(x, 0, x + 1, 1) for x in range(4)], dtype=object))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "variable", "otherwise", "module"),
    [
        (map_peers.qgis, "GRIDAPP_QGIS_PYTHON", "/usr/bin/python3", "qgis.core"),
        (map_peers.geopandas, "GRIDAPP_GEOPANDAS_PYTHON", sys.executable, "geopandas, matplotlib"),
    ],
)
def test_a_peer_that_is_installed_answers(
    cells: Path, start: Callable[[], map_peers.Peer | None], variable: str, otherwise: str, module: str
) -> None:
    if not has(os.environ.get(variable, otherwise), module):
        pytest.skip(f"{module} is not installed: no benchmark of the map is compared with it here")
    peer = start()
    assert peer is not None, "it is installed, yet its script does not start"
    try:
        assert peer.name.partition(" ")[2][0].isdigit()
        first = peer.ask("first", path=str(cells), box=[0, 0, 4, 1], size=[200, 100])
        assert first["cpu"] > 0
        if start is map_peers.qgis:
            assert peer.ask("draw", box=[0, 0, 2, 1])["cpu"] > 0
            assert peer.ask("recolour", box=[0, 0, 4, 1], column="class1")["cpu"] > 0
            assert peer.ask("identify", points=[[0.5, 0.5], [3.5, 0.5]])["layer"] > 0
    finally:
        peer.stop()
