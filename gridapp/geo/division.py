"""Divide a community into grids: a start by cutting spanning trees, then annealing along the borders.

A unit is a building's ground or a block between roads. Units move from one grid
to a neighbouring one only while the grid they leave stays in one piece, so
every grid of a plan is contiguous. Nothing is random but the seed.

Source: methods compared on real areas (reference: map.md section 5).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridapp.errors import ValidationError
from gridapp.geo.unit_graph import UnitGraph, Units, cut_trees, mean_walk
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

PlanKind = Literal["balanced", "compact", "fewest_moves"]
KINDS: tuple[PlanKind, ...] = ("balanced", "compact", "fewest_moves")

STEPS_PER_UNIT, LEAST_STEPS, MOST_STEPS = 1_500, 20_000, 500_000
TELL_EVERY = 500
FIRST_HEAT, LAST_HEAT = 0.03, 0.0003


@dataclass(frozen=True)
class GridFigures:
    """One grid of a plan: households, elders, people in difficulty, mean walk from its middle to a household [m]."""

    households: int
    elders: int
    difficult: int
    walk: float


@dataclass(frozen=True)
class DivisionPlan:
    """One way to divide, with its numbers.

    Attributes:
        kind: What it was made for.
        labels: Number of the grid of each unit, from 0.
        grids: Figures of each grid.
        household_spread: Largest distance of a grid from the mean, as share of the mean.
        elder_spread: The same for elders.
        walk: Mean walk from the middle of a grid to its households, from unit to unit. [m]
        border: Length of the borders between grids. [m]
        moved: Households that change grid.
        contiguous: Whether every grid is in one piece.
        along_roads: Share of the borders between grids that runs along main roads; None where no roads are known.
        roads_inside: Length of main roads between units of the same grid: what people of a grid have to cross. [m]
    """

    kind: PlanKind
    labels: tuple[int, ...]
    grids: tuple[GridFigures, ...]
    household_spread: float
    elder_spread: float
    walk: float
    border: float
    moved: int
    contiguous: bool
    along_roads: float | None = None
    roads_inside: float = 0.0


@dataclass(frozen=True)
class _Wishes:
    """How much each term counts."""

    households: float
    elders: float
    difficult: float
    walk: float
    border: float
    moved: float


_WISHES: dict[PlanKind, _Wishes] = {
    "balanced": _Wishes(80.0, 55.0, 0.2, 1.8, 2.0, 0.0),
    "compact": _Wishes(10.0, 3.0, 0.2, 2.0, 6.0, 0.0),
    "fewest_moves": _Wishes(30.0, 20.0, 0.2, 0.1, 1.0, 6.0),
}


def divide(units: Units, count: int, progress: Progress | None = None, seed: int = 1) -> list[DivisionPlan]:
    """Return three plans: balanced, compact, fewest moves.

    Args:
        units: What is divided.
        count: Number of grids.
        progress: Told about the steps of all three.
        seed: The same seed gives the same plans.

    Raises:
        ValidationError: There are fewer units than grids, or nobody lives there.
        OperationCancelled: The user asked to stop.
    """
    progress = progress or NullProgress()
    number = len(units.weights)
    if not 1 <= count <= number:
        raise ValidationError(
            _("{units} buildings or blocks cannot be divided into {count} grids.").format(units=number, count=count),
            "count",
        )
    if units.weights[:, 0].sum() <= 0:
        raise ValidationError(_("Nobody lives in this community, so there is nothing to balance."), "community")
    graph = UnitGraph(units)
    dice = random.Random(seed)
    start = cut_trees(graph, units.weights[:, 0], count, dice)
    steps = min(max(STEPS_PER_UNIT * number, LEAST_STEPS), MOST_STEPS)
    plans = []
    for place, kind in enumerate(KINDS):
        begun = _current_start(graph, units, count) if kind == "fewest_moves" else None
        if kind == "compact" and units.along is not None:  # whose borders come first: it begins with them on roads
            begun = cut_trees(graph, units.weights[:, 0], count, dice, by_roads=True)
        labels = begun if begun is not None else start.copy()
        known = _matched_to_current(units, count, labels)
        annealer = _Annealer(graph, units, labels, count, _WISHES[kind], known, dice)
        best = annealer.run(steps, progress, place * steps, len(KINDS) * steps)
        plans.append(describe(kind, units, best, count))
    return plans


def describe(kind: PlanKind, units: Units, labels: NDArray[np.int64], count: int) -> DivisionPlan:
    """Return a division with its numbers.

    Args:
        kind: What it was made for.
        units: What is divided.
        labels: Number of the grid of each unit.
        count: Number of grids.
    """
    graph = UnitGraph(units)
    sums = np.stack([np.bincount(labels, units.weights[:, column], count) for column in range(3)], axis=1)
    means = np.maximum(sums.mean(axis=0), 1e-9)
    spread = np.abs(sums / means - 1).max(axis=0)
    walks = [mean_walk(graph, units, np.flatnonzero(labels == grid)) for grid in range(count)]
    total = max(float(units.weights[:, 0].sum()), 1e-9)
    crossing = labels[units.links[:, 0]] != labels[units.links[:, 1]]
    length = float(units.borders[crossing].sum())
    along = np.zeros(len(units.borders)) if units.along is None else units.along
    share = float(along[crossing].sum()) / length if length else 0.0
    known = _matched_to_current(units, count, labels)
    moved = (known >= 0) & (known != labels)
    return DivisionPlan(
        kind,
        tuple(labels.tolist()),
        tuple(
            GridFigures(round(sums[grid, 0]), round(sums[grid, 1]), round(sums[grid, 2]), walks[grid])
            for grid in range(count)
        ),
        float(spread[0]),
        float(spread[1]) if sums[:, 1].sum() else 0.0,
        float((np.array(walks) * sums[:, 0]).sum() / total),
        length,
        round(float(units.weights[moved, 0].sum())),
        all(graph.is_connected(np.flatnonzero(labels == grid).tolist()) for grid in range(count)),
        None if units.along is None else share,
        float(along[~crossing].sum()),
    )


def _matched_to_current(units: Units, count: int, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each unit the number in a division of the grid it is in now, -1 where that has none.

    The pair of grids with most households in common is matched first.
    """
    old = int(units.current.max(initial=-1)) + 1
    shared = np.zeros((old + 1, count))
    np.add.at(shared, (units.current, labels), units.weights[:, 0] + 1e-6)
    shared = shared[:old]
    found = np.full(old + 1, -1, dtype=np.int64)
    while shared.size and shared.max() > 0:
        one, label = np.unravel_index(int(shared.argmax()), shared.shape)
        found[one] = label
        shared[one, :] = 0
        shared[:, label] = 0
    result: NDArray[np.int64] = found[units.current]
    return result


def _current_start(graph: UnitGraph, units: Units, count: int) -> NDArray[np.int64] | None:
    """Return the present division as a start, None when it has another number of grids or one is in pieces."""
    known = units.current
    if (known < 0).any() or len(np.unique(known)) != count or int(known.max()) + 1 != count:
        return None
    whole = all(graph.is_connected(np.flatnonzero(known == grid).tolist()) for grid in range(count))
    return known.copy() if whole else None


class _Annealer:
    """Moves units across borders, seldom ones that make it worse, ever more seldom."""

    def __init__(  # noqa: PLR0913  the state of one run
        self, graph: UnitGraph, units: Units, labels: NDArray[np.int64], count: int, wishes: _Wishes,
        known: NDArray[np.int64], dice: random.Random,
    ) -> None:  # fmt: skip
        self._graph, self._count, self._wishes, self._dice = graph, count, wishes, dice
        self._labels: list[int] = labels.tolist()
        self._known: list[int] = known.tolist()
        self._weight: list[list[float]] = units.weights.tolist()
        self._places: list[list[float]] = units.places.tolist()
        total = np.maximum(units.weights.sum(axis=0), 1e-9)
        self._mean: list[float] = (total / count).tolist()
        self._households = float(total[0])
        sums = np.stack([np.bincount(labels, units.weights[:, c], count) for c in range(3)], axis=1)
        self._sums: list[list[float]] = sums.tolist()
        self._sizes = np.bincount(labels, minlength=count).tolist()
        spread = units.places - units.places.mean(axis=0)
        self._reach = max(float((spread**2).sum(axis=1).mean()) / count, 1.0)
        self._all_borders = max(float(units.borders.sum()), 1e-9)
        self._middles: list[list[float]] = []
        self._find_middles()

    def run(self, steps: int, progress: Progress, done: int, total: int) -> NDArray[np.int64]:
        """Return the best labels of so many steps.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        cost, best, labels = 0.0, 0.0, list(self._labels)
        cooling = math.log(LAST_HEAT / FIRST_HEAT)
        heat = FIRST_HEAT
        for step in range(steps):
            if step % TELL_EVERY == 0:
                progress.advance(done + step, total, _("Looking for better borders…"))
                heat = FIRST_HEAT * math.exp(cooling * step / steps)
                before = self._walk_cost()
                self._find_middles()
                change = self._walk_cost() - before
                cost += change
                best += change
            tried = self._try(heat)
            if tried is not None:
                cost += tried
                if cost < best - 1e-12:
                    best, labels = cost, list(self._labels)
        progress.advance(done + steps, total, _("Looking for better borders…"))
        return np.array(labels, dtype=np.int64)

    def _try(self, heat: float) -> float | None:
        """Offer one unit to a neighbouring grid; return the change of cost when it went."""
        unit = self._dice.randrange(self._graph.count)
        own = self._labels[unit]
        others = [self._labels[near] for near in self._graph.near[unit] if self._labels[near] != own]
        if not others or self._sizes[own] == 1:
            return None
        new = self._dice.choice(others)
        change = self._change(unit, own, new)
        if change > 0 and self._dice.random() >= math.exp(-change / heat):
            return None
        if not self._stays_whole(unit, own):
            return None
        self._labels[unit] = new
        self._sizes[own] -= 1
        self._sizes[new] += 1
        for column in range(3):
            self._sums[own][column] -= self._weight[unit][column]
            self._sums[new][column] += self._weight[unit][column]
        return change

    def _change(self, unit: int, own: int, new: int) -> float:
        wishes, weight = self._wishes, self._weight[unit]
        change: float = 0.0
        for column, wish in enumerate((wishes.households, wishes.elders, wishes.difficult)):
            mean, amount = self._mean[column], weight[column]
            if amount and mean > 1e-8:
                mine, theirs = self._sums[own][column] / mean - 1, self._sums[new][column] / mean - 1
                part = amount / mean
                change += wish * (2 * part * (theirs - mine) + 2 * part * part)
        x, y = self._places[unit]
        (own_x, own_y), (new_x, new_y) = self._middles[own], self._middles[new]
        further = (x - new_x) ** 2 + (y - new_y) ** 2 - (x - own_x) ** 2 - (y - own_y) ** 2
        change += wishes.walk * weight[0] / self._mean[0] * further / self._reach
        longer = 0.0
        for other, length in self._graph.price[unit].items():
            label = self._labels[other]
            longer += length if label == own else -length if label == new else 0.0
        change += wishes.border * self._count * longer / self._all_borders
        if wishes.moved and self._known[unit] >= 0:
            stays = (self._known[unit] == own) - (self._known[unit] == new)
            change += wishes.moved * weight[0] / self._mean[0] * stays
        return change

    def _stays_whole(self, unit: int, label: int) -> bool:
        """Tell whether the rest of a unit's grid is in one piece without it."""
        rest = [near for near in self._graph.near[unit] if self._labels[near] == label]
        if len(rest) <= 1:
            return len(rest) == 1
        needed, seen, waiting = set(rest[1:]), {unit, rest[0]}, [rest[0]]
        while waiting and needed:
            for other in self._graph.near[waiting.pop()]:
                if other not in seen and self._labels[other] == label:
                    seen.add(other)
                    needed.discard(other)
                    waiting.append(other)
        return not needed

    def _find_middles(self) -> None:
        labels, places = np.array(self._labels), np.array(self._places)
        weight = np.array([row[0] for row in self._weight]) + 1e-6
        mass = np.bincount(labels, weight, self._count)
        x = np.bincount(labels, weight * places[:, 0], self._count) / mass
        y = np.bincount(labels, weight * places[:, 1], self._count) / mass
        self._middles = np.column_stack([x, y]).tolist()

    def _walk_cost(self) -> float:
        middles, places = np.array(self._middles)[self._labels], np.array(self._places)
        weight = np.array([row[0] for row in self._weight])
        away = (weight * ((places - middles) ** 2).sum(axis=1)).sum()
        return float(self._wishes.walk * away / self._mean[0] / self._reach)
