"""Read and write facts files, ``gridapp-facts/1``.

The form is documented in ``docs/facts-format.md`` and ``docs/facts.schema.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring as _text
from pathlib import Path
from typing import Any, TextIO

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


def write(entries: Iterable[tuple[str, Any]], path: Path) -> int:
    """Write a document key by key; the file is complete under its name or not there at all.

    The bytes are those of ``dump``, whatever the size.

    Args:
        entries: Key and value; an iterator stands for a list of objects, which is written as it comes.
        path: Of the file.

    Returns:
        How many objects of lists were written.

    Raises:
        StorageError: It could not be written.
    """
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
            start = "{\n"
            for name, value in entries:
                file.write(f"{start} {_text(name)}: ")
                start = ",\n"
                if isinstance(value, Iterator):
                    count += _write_list(file, value)
                else:
                    file.write(json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n "))
            file.write("\n}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise StorageError(_("The file {path} cannot be written.").format(path=path)) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_list(file: TextIO, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    for row in rows:
        file.write(",\n  " if count else "[\n  ")
        file.write(_object(row))
        count += 1
    file.write("\n ]" if count else "[]")
    return count


def _object(row: dict[str, Any]) -> str:
    """Return an object of a list as ``dump`` writes it; ten times as fast, for most values are texts."""
    return "{\n" + ",\n".join([f"   {_text(key)}: {_value(value)}" for key, value in row.items()]) + "\n  }"


def _value(value: Any) -> str:
    if value.__class__ is str:
        return str(_text(value))
    if value is None:
        return "null"
    if value.__class__ is bool:
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n   ")
