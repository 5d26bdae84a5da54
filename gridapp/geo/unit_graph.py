"""Units of ground and who is whose neighbour: reached, cut along spanning trees, walked through."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TREES = 12
"""Spanning trees tried for each cut of the start."""

ROAD_PULL = 0.5
"""A metre of main road inside a grid costs as much as so many metres of border elsewhere. With a half, a third to half
of the borders run along main roads and walks stay as short as those of METIS; with one they grow by a tenth."""

ROAD_SLACK = 0.1
"""At a main road the start may be cut so much of a grid away from where households part evenly."""


@dataclass(frozen=True)
class Units:
    """What is divided.

    Attributes:
        weights: Shape (n, 3): households, elders, people in difficulty.
        places: Middle of each unit, shape (n, 2). [m]
        links: Neighbours with a common border, shape (m, 2): numbers of units.
        borders: Length of each common border, shape (m,). [m]
        current: Number of the grid each unit is in now, -1 for none; shape (n,).
        along: How much of each common border runs along main roads, shape (m,); None where no roads are known. [m]
    """

    weights: NDArray[np.float64]
    places: NDArray[np.float64]
    links: NDArray[np.int64]
    borders: NDArray[np.float64]
    current: NDArray[np.int64]
    along: NDArray[np.float64] | None = None


class UnitGraph:
    """Units and their neighbours; parts that touch nowhere are linked at their nearest units.

    Attributes:
        count: Number of units.
        near: Neighbours of each unit.
        border: Length of the border with each neighbour, by unit. [m]
        price: What a border there costs a division, by unit: its length, less than nothing along a main road. [m]
    """

    def __init__(self, units: Units) -> None:
        self.count = len(units.weights)
        self.near: list[list[int]] = [[] for _unit in range(self.count)]
        self.border: list[dict[int, float]] = [{} for _unit in range(self.count)]
        self.price: list[dict[int, float]] = [{} for _unit in range(self.count)]
        along = np.zeros(len(units.borders)) if units.along is None else units.along
        prices = units.borders - (1 + ROAD_PULL) * along
        for (one, other), length, price in zip(
            units.links.tolist(), units.borders.tolist(), prices.tolist(), strict=True
        ):
            self._link(one, other, length, price)
        self._join_parts(units.places)

    def _link(self, one: int, other: int, length: float, price: float) -> None:
        self.near[one].append(other)
        self.near[other].append(one)
        self.border[one][other] = self.border[other][one] = length
        self.price[one][other] = self.price[other][one] = price

    def road_share(self, one: int, other: int) -> float:
        """Return how much of the border of two neighbours runs along main roads, 0 to 1."""
        length = self.border[one][other]
        return (length - self.price[one][other]) / ((1 + ROAD_PULL) * length) if length else 0.0

    def _join_parts(self, places: NDArray[np.float64]) -> None:
        part = np.full(self.count, -1)
        parts = 0
        for unit in range(self.count):
            if part[unit] < 0:
                part[list(self.reached(unit, None))] = parts
                parts += 1
        while parts > 1:
            first, others = np.flatnonzero(part == part[0]), np.flatnonzero(part != part[0])
            away = np.hypot(*np.moveaxis(places[first][:, None, :] - places[others][None, :, :], 2, 0))
            one, other = np.unravel_index(int(away.argmin()), away.shape)
            self._link(int(first[one]), int(others[other]), 0.0, 0.0)
            part[part == part[others[other]]] = part[0]
            parts -= 1

    def reached(self, start: int, allowed: set[int] | None) -> set[int]:
        """Return the units that can be reached from one, itself included."""
        seen, waiting = {start}, [start]
        while waiting:
            for other in self.near[waiting.pop()]:
                if other not in seen and (allowed is None or other in allowed):
                    seen.add(other)
                    waiting.append(other)
        return seen

    def is_connected(self, units: Sequence[int]) -> bool:
        """Tell whether units are in one piece."""
        return bool(units) and len(self.reached(units[0], set(units))) == len(units)


def cut_trees(
    graph: UnitGraph, weight: NDArray[np.float64], count: int, dice: random.Random, by_roads: bool = False
) -> NDArray[np.int64]:
    """Return a contiguous start: regions halved again and again by cutting the best edge of random spanning trees.

    Args:
        graph: Units and neighbours.
        weight: Households of each unit, which the regions shall share evenly.
        count: Number of regions.
        dice: For the trees.
        by_roads: Cut along main roads where that parts households nearly as evenly.
    """
    labels = np.zeros(graph.count, dtype=np.int64)
    waiting, following = [(list(range(graph.count)), count)], 0
    while waiting:
        units, parts = waiting.pop()
        if parts == 1:
            labels[units] = following
            following += 1
            continue
        one, other, share = _best_cut(graph, units, weight, parts, dice, by_roads)
        waiting += [(one, share), (other, parts - share)]
    return labels


def _best_cut(  # noqa: PLR0913  what is cut, into what, by what chance
    graph: UnitGraph, units: list[int], weight: NDArray[np.float64], parts: int, dice: random.Random, by_roads: bool
) -> tuple[list[int], list[int], int]:
    total = float(weight[units].sum())
    best: tuple[float, list[int], int] | None = None
    for _tree in range(TREES):
        order, parent = _random_tree(graph, set(units), dice, by_roads)
        below, size = {unit: float(weight[unit]) for unit in order}, dict.fromkeys(order, 1)
        for unit in reversed(order[1:]):
            below[parent[unit]] += below[unit]
            size[parent[unit]] += size[unit]
        for unit in order[1:]:
            slack = ROAD_SLACK * graph.road_share(unit, parent[unit]) * total / parts if by_roads else 0.0
            for share in {parts // 2, parts - parts // 2}:
                if size[unit] < share or len(units) - size[unit] < parts - share:
                    continue
                off = abs(below[unit] - total * share / parts) - slack
                if best is None or off < best[0]:
                    best = (off, _subtree(unit, order, parent), share)
    if best is None:  # a star: no cut leaves enough units on both sides, so peel one off
        leaf = order[-1]
        best = (0.0, [leaf], 1)
    cut = set(best[1])
    return best[1], [unit for unit in units if unit not in cut], best[2]


def _random_tree(
    graph: UnitGraph, units: set[int], dice: random.Random, by_roads: bool
) -> tuple[list[int], dict[int, int]]:
    """Return the units in the order a random spanning tree reaches them, and the parent of each.

    By roads it crosses a main road last, and so seldom: a cut there parts all of both its sides.
    """
    def rank(one: int, other: int) -> float:
        return dice.random() + (graph.road_share(one, other) if by_roads else 0.0)

    root = dice.choice(sorted(units))
    order, parent, seen = [root], {}, {root}
    waiting = [(rank(root, other), root, other) for other in graph.near[root] if other in units]
    heapq.heapify(waiting)
    while waiting:
        _rank, one, other = heapq.heappop(waiting)
        if other in seen:
            continue
        seen.add(other)
        order.append(other)
        parent[other] = one
        for following in graph.near[other]:
            if following in units and following not in seen:
                heapq.heappush(waiting, (rank(other, following), other, following))
    return order, parent


def _subtree(top: int, order: list[int], parent: dict[int, int]) -> list[int]:
    inside = {top}
    for unit in order:
        if parent.get(unit) in inside:
            inside.add(unit)
    return sorted(inside)


def mean_walk(graph: UnitGraph, units: Units, members: NDArray[np.int64]) -> float:
    """Return the mean way from the middle of a grid to its households, from unit to neighbouring unit. [m]"""
    weight = units.weights[members, 0]
    if weight.sum() <= 0:
        return 0.0
    middle = (units.places[members] * weight[:, None]).sum(axis=0) / weight.sum()
    start = int(members[np.hypot(*(units.places[members] - middle).T).argmin()])
    allowed = set(members.tolist())
    away, waiting = {start: 0.0}, [(0.0, start)]
    while waiting:
        way, unit = heapq.heappop(waiting)
        if way > away[unit]:
            continue
        for other in graph.near[unit]:
            if other in allowed:
                further = way + float(math.dist(units.places[unit], units.places[other]))
                if further < away.get(other, math.inf):
                    away[other] = further
                    heapq.heappush(waiting, (further, other))
    ways = np.array([away.get(unit, 0.0) for unit in members.tolist()])
    return float((ways * weight).sum() / weight.sum())
