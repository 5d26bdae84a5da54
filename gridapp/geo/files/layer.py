"""What every reader gives: features with their properties and shape, and what the file says about itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridapp.errors import LedgerFormatError, StorageError
from gridapp.i18n import _

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MOST_BYTES = 300_000_000


@dataclass(frozen=True)
class RawFeature:
    """One feature of a file.

    Attributes:
        properties: Its values by the file's own names.
        shape: Polygon or MultiPolygon in the file's coordinates, 2-D; None when it cannot be taken.
        problem: Why it cannot be taken, "" when it can.

    Control characters and marks that turn the direction of reading are left out
    of its texts: a name must be what it looks like.
    """

    properties: Mapping[str, Any]
    shape: Any | None
    problem: str = ""

    def __post_init__(self) -> None:
        """Clean the texts."""
        clean = {
            _UNSEEN.sub("", name): _UNSEEN.sub("", value) if isinstance(value, str) else value
            for name, value in self.properties.items()
        }
        object.__setattr__(self, "properties", clean)


@dataclass(frozen=True)
class RawLayer:
    """The features of a file and what the file says about itself.

    Attributes:
        features: In the order of the file.
        encoding: Of its texts, as found; "" where the form leaves no choice.
        declared: The coordinate system the file names, as a name ``check_crs`` takes, or its own words; "" for none.
        layers: Names of all layers of the file, when it can have several; the first was read.
    """

    features: tuple[RawFeature, ...]
    encoding: str = ""
    declared: str = ""
    layers: tuple[str, ...] = ()


def content_of(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        LedgerFormatError: It is too large.
        StorageError: It cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LedgerFormatError(
                _("{name} is too large for a boundary file. Cut it into parts by community.").format(name=path.name)
            )
        return path.read_bytes()
    except OSError as error:
        raise StorageError(
            _("{name} cannot be read. Check that it is there and that you may open it.").format(name=path.name)
        ) from error


def decoded(content: bytes) -> tuple[str, str] | None:
    """Return a text and its encoding: UTF-8 if every byte fits, else GB 18030 if every byte fits, else None."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), "UTF-8" if encoding == "utf-8-sig" else "GB18030"
        except UnicodeDecodeError:
            continue
    return None
