"""The tools grids are edited with."""

from __future__ import annotations

from gridapp.i18n import N_

TOOLS: dict[str, tuple[str, str, str]] = {
    "vertex": (N_("Move corners"), "V", N_("Click a grid, then drag its corners; neighbours follow.")),
    "split": (N_("Split"), "S", N_("Draw a line across a grid, then Enter.")),
    "merge": (N_("Merge"), "M", N_("Choose two or more grids, then Enter.")),
    "reshape": (
        N_("Redraw a border"), "R", N_("Choose a grid, draw the new border from border to border, then Enter."),
    ),
    "draw": (N_("New grid"), "D", N_("Draw the corners of a grid on free ground, then Enter.")),
    "hole": (N_("Cut out a grid"), "H", N_("Draw a grid inside others, for a dedicated grid, then Enter.")),
    "whole": (N_("Move a whole grid"), "W", N_("Locked, so that nothing moves by accident. Unlock it first.")),
}  # fmt: skip
"""Name, key and what to do, by tool."""

SKETCHING = frozenset({"split", "reshape", "draw", "hole"})
LEAST_POINTS = {"split": 2, "reshape": 2, "draw": 3, "hole": 3}
