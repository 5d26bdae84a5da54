"""QGIS as a peer of the map: the same polygons, the same seven classes and 1 px outline; see ``map_peers``.

Needs the package python3-qgis and the Python it was made for.
"""

from __future__ import annotations

import os
from typing import Any

from peer_line import serve, timed
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsGeometry,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsRectangle,
    QgsRendererCategory,
    QgsSpatialIndex,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

COLOURS = ("#b2182b", "#ef8a62", "#fddbc7", "#f7f7f7", "#d1e5f0", "#67a9cf", "#2166ac")


class Qgis3:
    """A map of one layer, drawn without a canvas."""

    def __init__(self) -> None:
        self._layer: Any = None
        self._size = (1920, 1080)
        self._index: Any = None

    def first(self, path: str, box: list[float], size: list[int]) -> dict[str, float]:
        """Open a file and draw all of it."""
        self._size = (size[0], size[1])

        def job() -> None:
            self._layer = QgsVectorLayer(path, "grids", "ogr")
            assert self._layer.isValid(), path
            self._colour("class0")
            self._draw(box)

        return timed(job)

    def _colour(self, column: str) -> None:
        categories = []
        for number, colour in enumerate(COLOURS):
            symbol = QgsFillSymbol.createSimple(
                {"color": colour, "outline_color": "white", "outline_width": "1", "outline_width_unit": "Pixel"}
            )
            categories.append(QgsRendererCategory(number, symbol, str(number)))
        self._layer.setRenderer(QgsCategorizedSymbolRenderer(column, categories))

    def _draw(self, box: list[float]) -> Any:
        settings = QgsMapSettings()
        settings.setLayers([self._layer])
        settings.setOutputSize(QSize(*self._size))
        settings.setBackgroundColor(QColor("white"))
        settings.setExtent(QgsRectangle(*box))
        settings.setFlag(QgsMapSettings.Antialiasing, True)
        settings.setFlag(QgsMapSettings.UseRenderingOptimization, True)
        job = QgsMapRendererParallelJob(settings)
        job.start()
        job.waitForFinished()
        return job.renderedImage()

    def draw(self, box: list[float]) -> dict[str, float]:
        """Draw a part."""
        return timed(lambda: self._draw(box))

    def recolour(self, box: list[float], column: str) -> dict[str, float]:
        """Draw it by another column."""

        def job() -> None:
            self._colour(column)
            self._draw(box)

        return timed(job)

    def identify(self, points: list[list[float]]) -> dict[str, float]:
        """Ask for the polygon at points; by the layer, as the identify tool does, and by an index in memory."""
        self._index = self._index or QgsSpatialIndex(
            self._layer.getFeatures(), flags=QgsSpatialIndex.FlagStoreFeatureGeometries
        )

        def by_layer() -> None:
            for x, y in points[:200]:
                request = QgsFeatureRequest(QgsRectangle(x, y, x + 1e-6, y + 1e-6))
                request.setFlags(QgsFeatureRequest.ExactIntersect).setNoAttributes()
                list(self._layer.getFeatures(request))

        def by_index() -> None:
            for x, y in points:
                place = QgsGeometry.fromPointXY(QgsPointXY(x, y))
                for feature in self._index.intersects(QgsRectangle(x, y, x, y)):
                    self._index.geometry(feature).contains(place)

        return {"layer": timed(by_layer)["cpu"] / len(points[:200]), "index": timed(by_index)["cpu"] / len(points)}


def main() -> None:
    """Serve."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    peer = Qgis3()
    tasks = {"first": peer.first, "draw": peer.draw, "recolour": peer.recolour, "identify": peer.identify}
    serve(tasks, f"QGIS {Qgis.QGIS_VERSION.partition('-')[0]}")


if __name__ == "__main__":
    main()
