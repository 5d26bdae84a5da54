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
SERIAL_DIGITS = 3
DBF_NAME_BYTES = 10
MOST_COLUMNS = 40
LONGEST_NAME = 100
_NAME_ENDINGS = ("name", "nm", "mc", "名称", "名")

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
        code: Fifteen digits; "" when it has none and the community it lies in is known.
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
        field: What of it is wrong: "no_code", "code", "kind", "geometry", "number" (twice in the file), "" for else.
    """

    number: int
    label: str
    sentence: str
    field: str = ""


@dataclass(frozen=True)
class BoundaryFile:
    """What a file of outlines holds.

    Attributes:
        outlines: Those that can be taken.
        refusals: Features that cannot, each with a sentence.
        encoding: Of the names, as found; "" where the form leaves no choice.
        declared: Coordinate system the file names; "" for none.
        layers: Layers of the file, when it can have several; the first was read.
        columns: Columns that may hold names, by the file's own names.
        named_by: The one names were taken from, "" for none.
    """

    outlines: tuple[GridOutline, ...]
    refusals: tuple[Refusal, ...]
    encoding: str = ""
    declared: str = ""
    layers: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    named_by: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """First ten names, to see whether the letters are right before anything is stored."""
        found = [outline.name or outline.code for outline in self.outlines]
        found += [refusal.label for refusal in self.refusals if refusal.label]
        return tuple(found[:10])


def read_boundary_file(
    path: Path, progress: Progress | None = None, in_degrees: bool = True, community: str = "", name_column: str = ""
) -> BoundaryFile:
    """Return the outlines of a file: GeoJSON, Shapefile (zip too), GeoPackage, KML, or a table.

    Args:
        path: The file.
        progress: Told about each feature.
        in_degrees: Coordinates are longitude and latitude; otherwise metres, east first.
        community: Twelve digits of the community that outlines without a grid code lie in: one to three digits are
            taken as the serial in it, anything else as no code. "" refuses outlines without fifteen digits.
        name_column: Column that holds the names; "" looks for a usual heading.

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
    columns = _columns(layer)
    named_by = name_column or _name_column(columns)
    for number, feature in enumerate(layer.features, 1):
        progress.advance(number, len(layer.features), _("Reading boundaries…"))
        values = _properties(feature.properties, named_by)
        try:
            outline = _outline(number, feature, values, community)
            if outline.code:
                _only_once(seen, outline.code, number)
            outlines.append(outline)
        except UserError as error:
            field = error.field if isinstance(error, ValidationError) else ""
            refusals.append(Refusal(number, values.get("name") or values.get("code", ""), str(error), field or ""))
    return BoundaryFile(
        tuple(outlines), tuple(refusals), layer.encoding, layer.declared, layer.layers, columns, named_by
    )


def _only_once(seen: dict[str, int], code: str, number: int) -> None:
    if code in seen:
        raise ValidationError(
            _("Grid {code} is in the file twice, as number {first} and {second}. Keep one of them.").format(
                code=code, first=seen[code], second=number
            ),
            "number",
        )
    seen[code] = number


def _columns(layer: RawLayer) -> tuple[str, ...]:
    """Return the columns that hold a text or whole number somewhere, in the order of the file."""
    found: dict[str, None] = {}
    for feature in layer.features:
        for name, value in feature.properties.items():
            if 0 < len(_written(value)) <= LONGEST_NAME:
                found.setdefault(str(name))
    return tuple(found)[:MOST_COLUMNS]


def _name_column(columns: tuple[str, ...]) -> str:
    """Return the column with a usual heading, else the first that ends like one; "" for none."""
    plain = {_plain(column): column for column in reversed(columns)}
    for alias in _ALIASES["name"]:
        for spelt in (alias, _cut(alias)):
            if spelt in plain:
                return plain[spelt]
    taken = {alias for name, aliases in _ALIASES.items() if name != "name" for alias in aliases}
    return next((own for short, own in reversed(plain.items())
                 if short.endswith(_NAME_ENDINGS) and short not in taken), "")  # fmt: skip


def _layer(path: Path, in_degrees: bool) -> RawLayer:
    suffix = path.suffix.lower()
    if suffix in vector.SUFFIXES:
        return vector.read_vector(path, in_degrees)
    if suffix in table.SUFFIXES:
        return table.read_table(path, in_degrees)
    return geojson.read_geojson(path, in_degrees)


def _outline(number: int, feature: RawFeature, values: Mapping[str, str], community: str) -> GridOutline:
    code, kind = _code(values.get("code", ""), community), _kind(values.get("kind", ""))
    if feature.shape is None:
        raise ValidationError(feature.problem, "geometry")
    return GridOutline(number, code, values.get("name", ""), kind, values.get("community", ""), feature.shape)


def _properties(properties: Mapping[str, Any], named_by: str) -> dict[str, str]:
    plain = {_plain(str(key)): value for key, value in properties.items()}
    found = {}
    for name, aliases in _ALIASES.items():
        spelt = [*aliases, *(_cut(alias) for alias in aliases)]
        given = next((plain[alias] for alias in spelt if plain.get(alias) not in (None, "")), None)
        if written := _written(given):
            found[name] = written
    if named_by:
        found["name"] = _written(properties.get(named_by)) or found.get("name", "")
    return found


def _plain(heading: str) -> str:
    return heading.lower().replace("_", "").replace(" ", "")


def _written(value: Any) -> str:
    """Return a text or whole number as text, "" for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _cut(alias: str) -> str:
    """Return a name as a Shapefile in UTF-8 keeps it: ten bytes, half a letter dropped."""
    return alias.encode()[:DBF_NAME_BYTES].decode("utf-8", "ignore")


def _code(text: str, community: str) -> str:
    is_code = len(text) == GRID_CODE_DIGITS and text.isascii() and text.isdigit()
    if community and not is_code:
        is_serial = text.isascii() and text.isdigit() and len(text) <= SERIAL_DIGITS and int(text) > 0
        return f"{community}{int(text):03d}" if is_serial else ""
    if not text:
        raise ValidationError(_("It has no grid code. Each grid needs its 15-digit code."), "no_code")
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
