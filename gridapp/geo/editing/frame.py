"""Metres to edit in, and the lattice of degrees behind them.

The frame is affine, so what is straight in degrees is straight here, and going
there and back changes no bit: borders stored by two grids stay the same border.

Places people point at lie on the stored lattice of 10⁻⁸ degrees, about 1 mm.
Points where a line cuts a border lie on that border, to 10 nm, so that no grid
changes its area because its neighbour is cut.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.boundary import DEGREE_DECIMALS
from gridapp.geo.local_frame import LocalFrame

Points = NDArray[np.float64]
"""Shape (n, 2), metres in the frame: east, north."""

FINE_DECIMALS = 13
"""Finest degrees that survive the way to metres and back: 10 nm."""

TRIALS = np.linspace(-5e-4, 5e-4, 41)
"""How far along a border a cut point may go to find a place that can be stored and lies on the border. [m]"""


class EditFrame(LocalFrame):
    """A local frame in metres whose points correspond one to one to stored degrees."""

    @classmethod
    def around(cls, shapes: object) -> EditFrame:
        """Return the frame centred on the bounds of geometries in CGCS2000 degrees; at 0, 0 when there are none."""
        if not np.asarray(shapes, dtype=object).size:  # total_bounds takes no empty array
            return cls(0.0, 0.0)
        return cls.around_box(*shapely.total_bounds(shapes).tolist())

    @classmethod
    def around_box(cls, west: float, south: float, east: float, north: float) -> EditFrame:
        """Return the frame centred on a box in CGCS2000 degrees; at 0, 0 when it is not finite."""
        if not np.isfinite((west, south, east, north)).all():
            return cls(0.0, 0.0)
        return cls(round(float(west + east) / 2, 6), round(float(south + north) / 2, 6))

    def to_degrees(self, points: Points) -> Points:
        """Return points of shape (n, 2), metres, in CGCS2000 degrees; exact for points of either lattice."""
        return np.round(super().to_degrees(points), FINE_DECIMALS)

    def on_lattice(self, points: Points) -> Points:
        """Return points moved to the lattice of about 1 mm that outlines are stored on. [m]"""
        return self.to_metres(np.round(super().to_degrees(points), DEGREE_DECIMALS))

    def on_border(self, points: Points, edges: Points) -> Points:
        """Return points of edges moved along them by less than 1 mm to where they can be stored and lie on the edge.

        Args:
            points: Shape (n, 2), each on its edge. [m]
            edges: Shape (n, 4), from x, y to x, y. [m]

        Returns:
            Shape (n, 2), less than 1 nm off the edge, so that an edge of 1 km keeps its ground to 10⁻⁶ m². [m]
        """
        along = edges[:, 2:] - edges[:, :2]
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)
        unit = along / length[:, None]
        reach = ((points - edges[:, :2]) * unit).sum(axis=1)
        tried = np.clip(reach[:, None] + TRIALS, 0.0, length[:, None])
        places = edges[:, None, :2] + tried[:, :, None] * unit[:, None, :]
        stored = self.to_metres(self.to_degrees(places.reshape(-1, 2))).reshape(places.shape)
        away = stored - edges[:, None, :2]
        off = np.abs(away[:, :, 0] * unit[:, None, 1] - away[:, :, 1] * unit[:, None, 0])
        best: Points = stored[np.arange(len(points)), off.argmin(axis=1)]
        return best
