"""Read outlines of grids from a file, and say of each what is wrong with it.

Source: names of properties as offices write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridapp.errors import LedgerFormatError, UserError, ValidationError
from gridapp.geo.files import geojson, table, vector
from gridapp.geo.files.layer import RawFeature, RawLayer
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

GRID_CODE_DIGITS = 15
DBF_NAME_BYTES = 10

_ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("code", "gridcode", "gridid", "wgbm", "网格编码", "网格编号", "网格代码", "编码", "编号", "代码"),
    "name": ("name", "gridname", "wgmc", "网格名称", "网格名", "网格", "名称"),
    "kind": ("kind", "gridkind", "gridtype", "wglx", "网格类型", "网格类别", "类型"),
    "community": ("community", "communityname", "sqmc", "社区", "社区名称", "所属社区", "村社区", "村居"),
}
_KINDS = {
    **dict.fromkeys(("basic", "基础", "基础网格", "综合网格", "一般网格", "普通网格"), "basic"),
    **dict.fromkeys(("dedicated", "专属", "专属网格", "专门网格"), "dedicated"),
}


@dataclass(frozen=True)
class GridOutline:
    """One grid of the file.

    Attributes:
        number: Its place in the file, from 1.
        code: Fifteen digits.
        name: Its name, "" when the file has none.
        kind: "basic" or "dedicated".
        community: Name of its community, "" when the file has none.
        shape: Polygon or MultiPolygon, degrees of the file's own coordinate system.
    """

    number: int
    code: str
    name: str
    kind: str
    community: str
    shape: Any


@dataclass(frozen=True)
class Refusal:
    """A feature that cannot be taken.

    Attributes:
        number: Its place in the file, from 1.
        label: Its name or code, as far as it has one.
        sentence: What is wrong with it and what to do.
    """

    number: int
    label: str
    sentence: str


@dataclass(frozen=True)
class BoundaryFile:
    """What a file of outlines holds.

    Attributes:
        outlines: Those that can be taken.
        refusals: Features that cannot, each with a sentence.
        encoding: Of the names, as found; "" where the form leaves no choice.
        declared: Coordinate system the file names; "" for none.
        layers: Layers of the file, when it can have several; the first was read.
    """

    outlines: tuple[GridOutline, ...]
    refusals: tuple[Refusal, ...]
    encoding: str = ""
    declared: str = ""
    layers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """First ten names, to see whether the letters are right before anything is stored."""
        found = [outline.name or outline.code for outline in self.outlines]
        found += [refusal.label for refusal in self.refusals if refusal.label]
        return tuple(found[:10])


def read_boundary_file(path: Path, progress: Progress | None = None, in_degrees: bool = True) -> BoundaryFile:
    """Return the outlines of a file: GeoJSON, Shapefile (zip too), GeoPackage, KML, or a table.

    Args:
        path: The file.
        progress: Told about each feature.
        in_degrees: Coordinates are longitude and latitude; otherwise metres, east first.

    Raises:
        LedgerFormatError: It is none of these, or empty.
        StorageError: It cannot be read.
        OperationCancelled: The user asked to stop.
    """
    progress = progress or NullProgress()
    layer = _layer(path, in_degrees)
    if not layer.features:
        raise LedgerFormatError(_("{name} holds no boundaries.").format(name=path.name))
    outlines: list[GridOutline] = []
    refusals: list[Refusal] = []
    seen: dict[str, int] = {}
    for number, feature in enumerate(layer.features, 1):
        progress.advance(number, len(layer.features), _("Reading boundaries…"))
        try:
            outline = _outline(number, feature)
            if outline.code in seen:
                raise ValidationError(
                    _("Grid {code} is in the file twice, as number {first} and {second}. Keep one of them.").format(
                        code=outline.code, first=seen[outline.code], second=number
                    ),
                    "code",
                )
            seen[outline.code] = number
            outlines.append(outline)
        except UserError as error:
            refusals.append(Refusal(number, _label(feature), str(error)))
    return BoundaryFile(tuple(outlines), tuple(refusals), layer.encoding, layer.declared, layer.layers)


def _layer(path: Path, in_degrees: bool) -> RawLayer:
    suffix = path.suffix.lower()
    if suffix in vector.SUFFIXES:
        return vector.read_vector(path, in_degrees)
    if suffix in table.SUFFIXES:
        return table.read_table(path, in_degrees)
    return geojson.read_geojson(path, in_degrees)


def _outline(number: int, feature: RawFeature) -> GridOutline:
    values = _properties(feature.properties)
    code, kind = _code(values.get("code", "")), _kind(values.get("kind", ""))
    if feature.shape is None:
        raise ValidationError(feature.problem, "geometry")
    return GridOutline(number, code, values.get("name", ""), kind, values.get("community", ""), feature.shape)


def _properties(properties: Mapping[str, Any]) -> dict[str, str]:
    plain = {str(key).lower().replace("_", "").replace(" ", ""): value for key, value in properties.items()}
    found = {}
    for name, aliases in _ALIASES.items():
        spelt = [*aliases, *(_cut(alias) for alias in aliases)]
        given = next((plain[alias] for alias in spelt if plain.get(alias) not in (None, "")), None)
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, str | int) and not isinstance(given, bool):
            found[name] = str(given).strip()
    return found


def _cut(alias: str) -> str:
    """Return a name as a Shapefile in UTF-8 keeps it: ten bytes, half a letter dropped."""
    return alias.encode()[:DBF_NAME_BYTES].decode("utf-8", "ignore")


def _label(feature: RawFeature) -> str:
    values = _properties(feature.properties)
    return values.get("name") or values.get("code", "")


def _code(text: str) -> str:
    if not text:
        raise ValidationError(_("It has no grid code. Each grid needs its 15-digit code."), "code")
    return check_grid_code(text)


def check_grid_code(text: str) -> str:
    """Return a grid code if it has fifteen digits.

    Raises:
        ValidationError: It has not.
    """
    if len(text) != GRID_CODE_DIGITS or not (text.isascii() and text.isdigit()):
        raise ValidationError(
            _("“{code}” is not a grid code. It has 15 digits, the first 12 are the community's.").format(code=text),
            "code",
        )
    return text


def _kind(text: str) -> str:
    if not text:
        return "basic"
    found = _KINDS.get(text.lower())
    if found is None:
        raise ValidationError(_("“{kind}” is not a kind of grid. Write basic or dedicated.").format(kind=text), "kind")
    return found
