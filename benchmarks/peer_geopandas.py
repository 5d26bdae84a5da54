"""geopandas and matplotlib as a peer of the map's first picture; see ``map_peers``."""

from __future__ import annotations

from typing import Any

import geopandas
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of a back end
from peer_line import serve, timed  # noqa: E402


class Plotted:
    """A choropleth of a file."""

    def first(self, path: str, box: list[float], size: list[int]) -> dict[str, float]:
        """Read a file, draw all of it; only drawing is timed."""
        frame: Any = geopandas.read_file(path)

        def job() -> None:
            figure, axes = plt.subplots(figsize=(size[0] / 100, size[1] / 100), dpi=100)
            frame.plot(column="class0", categorical=True, ax=axes, edgecolor="white", linewidth=0.5)
            axes.set_xlim(box[0], box[2])
            axes.set_ylim(box[1], box[3])
            figure.canvas.draw()
            plt.close(figure)

        return timed(job)


def main() -> None:
    """Serve."""
    serve({"first": Plotted().first}, f"geopandas {geopandas.__version__}")


if __name__ == "__main__":
    main()
