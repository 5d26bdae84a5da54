"""A town with main roads, lanes and 300 buildings, divided along them; measured against METIS on the same units."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.measure import Finding, Times
from gridapp.geo.blocks import Roads, cut_blocks
from gridapp.geo.division import DivisionPlan, describe, divide
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.unit_graph import UnitGraph, Units

SIDE, BUILDINGS, GRIDS = 3000.0, 300, 10
SEEDS = (5, 6, 7, 8)


def town(seed: int) -> Units:
    """Return the units of a town: buildings at random, main roads every 750 m, lanes every 250 m, all a little bent."""
    dice = np.random.default_rng(seed)
    places = dice.uniform(0, SIDE, (BUILDINGS, 2))
    frame = EditFrame(104.5, 39.2)
    corners = frame.on_lattice(np.array([(0.0, 0.0), (SIDE, 0.0), (SIDE, SIDE), (0.0, SIDE)]))
    coverage = Coverage(frame, {"a": shapely.Polygon(corners)})
    blocks = cut_blocks(coverage, places, Roads(_lines(750, 400, 40), _lines(250, 150, 15)))
    households = dice.integers(4, 17, BUILDINGS).astype(np.float64)
    elders = np.floor(households * dice.uniform(0, 0.8, BUILDINGS))
    weights = np.stack(
        [np.bincount(blocks.unit_of_place, column, len(blocks.shapes))
         for column in (households, elders, np.floor(elders / 4))], axis=1,
    )  # fmt: skip
    middles = shapely.get_coordinates(shapely.point_on_surface(blocks.shapes))
    current = (middles[:, 0] // 600 * 2 + middles[:, 1] // 1500).astype(np.int64)
    return Units(weights, middles, blocks.links, blocks.borders, current, blocks.along)


def _lines(step: float, first: float, bend: float) -> NDArray[Any]:
    along = np.linspace(-50, SIDE + 50, 40)
    lines = []
    for at in np.arange(first, SIDE, step):
        lines.append(shapely.LineString(np.column_stack([along, at + bend * np.sin(along / 500 + at)])))
        lines.append(shapely.LineString(np.column_stack([at + bend * np.sin(along / 400 + at * 2), along])))
    return np.array(lines, dtype=object)


def divided_along_roads() -> list[Finding]:
    """Judge divisions of four towns, on the mean of them."""
    times, towns, kept = Times(), [town(seed) for seed in SEEDS], []
    for units in towns:
        plans: list[DivisionPlan] = []
        times.add(lambda units=units, plans=plans: plans.extend(divide(units, GRIDS)))
        kept.append(plans)
    data = f"{len(SEEDS)} towns, {BUILDINGS} buildings, some {len(towns[0].weights)} units, {GRIDS} grids"
    balanced, compact = [plans[0] for plans in kept], [plans[1] for plans in kept]
    pieces = sum(not plan.contiguous for plans in kept for plan in plans)
    findings = [
        Finding("with roads: a division plan", data, times.median() / 3, "s", 3),
        Finding("with roads: plans with a grid in pieces", data, pieces, "", 0),
        Finding("with roads: households, worst grid (balanced)", data,
                max(plan.household_spread for plan in balanced) * 100, "%", 8),
        Finding("with roads: elders, worst grid (balanced)", data,
                max(plan.elder_spread for plan in balanced) * 100, "%", 10),
    ]  # fmt: skip
    peers = [_metis(units) for units in towns]
    known = [peer for peer in peers if peer is not None]
    what = "with roads: mean walk (balanced)"
    if len(known) < len(towns):
        walk = float(np.mean([plan.walk for plan in balanced]))
        return [*findings, Finding(what, data, walk, "m", note="not compared: pymetis is not installed")]
    walks = [plan.walk / peer.walk for plan, peer in zip(balanced, known, strict=True)]
    ratio = float(np.mean(walks))
    findings.append(Finding(what, data, ratio, "x", 1.05, "METIS", ratio, f"{min(walks):.3f} to {max(walks):.3f}"))
    theirs = _share(known)
    for name, plans in (("balanced", balanced), ("compact", compact)):
        share, walked = _share(plans), float(np.mean([p.walk / q.walk for p, q in zip(plans, known, strict=True)]))
        note = f"METIS, which knows no roads, {theirs:.0%}; walk {walked:.3f} of its"
        findings.append(
            Finding(f"with roads: borders not along main roads ({name})", data, (1 - share) * 100, "%", None, "METIS",
                    (1 - share) / (1 - theirs), note)
        )  # fmt: skip
    return findings


def _share(plans: list[DivisionPlan]) -> float:
    return float(np.mean([plan.along_roads or 0.0 for plan in plans]))


def _metis(units: Units) -> DivisionPlan | None:
    """Return the division METIS makes of the same units, balancing households alone; None when it is not installed."""
    try:
        import pymetis
    except ImportError:
        return None
    near = UnitGraph(units).near
    starts = np.concatenate([[0], np.cumsum([len(others) for others in near])])
    ends = [other for others in near for other in others]
    _cut, labels = pymetis.part_graph(
        GRIDS, pymetis.CSRAdjacency(starts.tolist(), ends), options=pymetis.Options(contig=1),
        vweights=units.weights[:, 0].astype(int).tolist(),
    )  # fmt: skip
    return describe("compact", units, np.array(labels), GRIDS)
