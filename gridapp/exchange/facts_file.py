"""Read and write facts files, ``gridapp-facts/1``.

The form is documented in ``docs/facts-format.md`` and ``docs/facts.schema.json``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gridapp.errors import LedgerFormatError, StorageError
from gridapp.i18n import _

SCHEMA = "gridapp-facts/1"
MAXIMUM_BYTES = 4 << 30


def read(path: Path) -> dict[str, Any]:
    """Return the document in a facts file.

    A file whose document lies under the key "facts", as in collections of
    worked cases, is read too.

    Raises:
        LedgerFormatError: It cannot be read, is not JSON, or not a facts file.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise LedgerFormatError(_("{path} is too large for a facts file.").format(path=path))
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise LedgerFormatError(_("The file {path} cannot be read.").format(path=path)) from error
    except (ValueError, RecursionError) as error:
        raise LedgerFormatError(_("{path} is not a facts file: it is not valid JSON.").format(path=path)) from error
    if isinstance(document, dict) and "schema" not in document and isinstance(document.get("facts"), dict):
        document = document["facts"]
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise LedgerFormatError(
            _("{path} is not a facts file: its “schema” is not “{schema}”.").format(path=path, schema=SCHEMA)
        )
    return document


def dump(document: dict[str, Any]) -> bytes:
    """Return a document as its file's bytes: UTF-8, one space of indent, a final newline."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def write(document: dict[str, Any], path: Path) -> None:
    """Write a document; the file is complete under its name or not there at all.

    Raises:
        StorageError: It could not be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(dump(document))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(_("The file {path} cannot be written.").format(path=path)) from error
