"""The report on a boundary file as lines, each with the place it speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from gridapp import formats
from gridapp.i18n import _
from gridapp.services.boundaries import BoundaryReport


@dataclass(frozen=True)
class Remark:
    """One line: whether it keeps the file out, what it says, where (WKB in degrees, None for nowhere)."""

    stops: bool
    text: str
    place: bytes | None


def remarks_of(report: BoundaryReport) -> list[Remark]:
    """Return everything that is to be said about a file, what stops it first."""
    outlines = {grid.code: grid.outline for grid in report.grids}
    names = {grid.code: grid.name for grid in report.grids}
    found = []
    if report.codeless:
        text = _("{count} outlines carry no grid code. Say above which community they lie in; codes are then issued.")
        found.append(Remark(True, text.format(count=formats.count(report.codeless)), None))
    found += [
        Remark(True, _("Number {number} ({label}): {sentence}").format(
            number=one.number, label=one.label or "—", sentence=one.sentence), None)
        for one in report.refusals if one.field != "no_code"
    ]  # fmt: skip
    if report.far_away:
        text = _("{count} grids lie outside China: other coordinates, or east and north swapped.")
        found.append(Remark(False, text.format(count=len(report.far_away)), outlines.get(report.far_away[0])))
    for overlap in report.overlaps:
        text = _("{first} and {second} both claim {area} m².").format(
            first=names.get(overlap.first, overlap.first), second=names.get(overlap.second, overlap.second),
            area=_area(overlap.area),
        )  # fmt: skip
        found.append(Remark(False, text, overlap.outline))
    for gap in report.gaps:
        text = _("{area} m² between grids belong to none.").format(area=_area(gap.area))
        found.append(Remark(False, text, gap.outline))
    for code in report.misfits:
        text = _("The border of {name} does not fit its neighbours corner by corner.")
        found.append(Remark(False, text.format(name=names.get(code, code)), outlines.get(code)))
    found += [Remark(False, border.sentence, border.outline) for border in report.borders]
    for first, second in report.duplicates:
        text = _("{first} and {second} have the same outline.").format(
            first=names.get(first, first), second=names.get(second, second)
        )
        found.append(Remark(False, text, outlines.get(first)))
    for sliver in report.slivers:
        text = _("{grid} has a piece too thin to be meant, {area} m².").format(
            grid=names.get(sliver.code, sliver.code), area=_area(sliver.area)
        )
        found.append(Remark(False, text, sliver.outline))
    for clash in report.clashes:
        text = _("{count} grids are called {name}.").format(count=len(clash.codes), name=clash.name)
        found.append(Remark(False, text, outlines.get(clash.codes[0])))
    for grid in report.repaired:
        text = _("{grid} crossed itself and was put right.").format(grid=grid.name)
        found.append(Remark(False, text, grid.outline))
    return found + _cleaning(report, names)


def _cleaning(report: BoundaryReport, names: dict[str, str]) -> list[Remark]:
    found = []
    for piece in report.contested:
        text = _("Cleaned: {area} m² claimed twice go to {winner}.").format(
            area=_area(piece.area), winner=names.get(piece.winner, piece.winner)
        )
        found.append(Remark(False, text, piece.outline))
    outlines = {grid.code: grid.outline for grid in report.grids}
    for grid in report.cleaned:
        text = _("Cleaned: {grid} had {before} m², has {after} m².").format(
            grid=names.get(grid.code, grid.code), before=_area(grid.before), after=_area(grid.after)
        )
        found.append(Remark(False, text, outlines.get(grid.code)))
    return found


def _area(square_metres: float) -> str:
    return formats.count(round(square_metres)) if square_metres >= 10 else f"{square_metres:.2g}"
