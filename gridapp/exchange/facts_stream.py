"""Read facts files larger than memory, object by object.

The standard library's scanner, which is written in C, decodes one object of a
list at a time out of a window that moves over the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gridapp.errors import LedgerFormatError, ValidationError
from gridapp.exchange.facts_file import SCHEMA
from gridapp.i18n import _

LARGE = 16 << 20
"""Bytes from which a file is read this way; below, reading it whole is simpler and gives the same."""
WINDOW = 1 << 20
BYTES_OF_AN_OBJECT = 250
"""About what a visit or a person takes, as exports write them."""
LONGEST = 64 << 20
"""Characters one object of a list may have."""

GUESSED = 1 << 16
"""Characters at the end of the window in which the end of an object is looked for."""
SINGLY = 100
"""Objects that are read one by one before the next guess."""

_BETWEEN = ("},\n  {", "},{", "}, {")
"""What stands between the objects of a list, as most programs write it."""
_SPACE = re.compile(r"[ \t\n\r]*")


def is_large(path: Path) -> bool:
    """Return whether a file is better read as it goes."""
    try:
        return path.stat().st_size >= LARGE
    except OSError:
        return False


class _Cursor:
    """A place in the file.

    Attributes:
        offset: Of the end of the window. [byte]
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._file = path.open("rb")
        self._file.seek(offset)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig" if offset == 0 else "utf-8")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._place, self._ended = "", 0, False
        self._singly = 0
        self.offset = offset

    def close(self) -> None:
        self._file.close()

    def here(self) -> int:
        """Return the byte the cursor stands at."""
        waiting = self._decoder.getstate()[0]
        return self.offset - len(waiting) - len(self._text[self._place :].encode())

    def token(self) -> str:
        """Return the next character that is no space, without passing it; nothing at the end."""
        while True:
            found = _SPACE.match(self._text, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def take(self, *characters: str) -> str:
        """Pass one of some characters and return it."""
        found = self.token()
        if found not in characters:
            raise self.refusal()
        self._place += 1
        return found

    def decode(self) -> Any:
        """Pass a whole value and return it."""
        self.token()
        window = WINDOW
        while True:
            try:
                value, end = self._scan(self._text, self._place)
            except ValueError as error:
                if len(self._text) - self._place > LONGEST or not self._more(window):
                    raise self.refusal() from error
            except RecursionError as error:
                raise self.refusal() from error
            else:
                # A number at the very end may go on behind it.
                if end < len(self._text) or not self._more():
                    self._place = end
                    return value
            window *= 2

    def decode_many(self) -> tuple[list[Any], bool]:
        """Pass objects of a list that lie whole in the window, often none; tell whether the list ends behind them.

        Taken together they are read several times as fast. Where the last of
        them ends is guessed, and a wrong guess is no JSON: then the next ones
        are read one by one. Unless the list ends, the comma is passed too.
        """
        self.token()
        if self._singly:
            self._singly -= 1
            return [], False
        if len(self._text) - self._place < WINDOW // 2:
            self._more()
        start, behind = self._place, max(self._place, len(self._text) - GUESSED)
        end = max(self._text.rfind(mark, behind) for mark in _BETWEEN)
        try:
            found, length = self._scan(f"[{self._text[start : end + 1]}]") if end > 0 else ([], 0)
        except (ValueError, RecursionError):
            found, length = [], 0
        if not found:
            self._singly = SINGLY
            return [], False
        is_whole = length < end + 1 - start + 2
        self._place = start + length - 2 if is_whole else self._text.index(",", end) + 1
        return found, is_whole

    def refusal(self) -> LedgerFormatError:
        """Return the error that what stands here is not JSON."""
        return LedgerFormatError(_("{path} is not a facts file: it is not valid JSON.").format(path=self._path))

    def _more(self, count: int = WINDOW) -> bool:
        if self._ended:
            return False
        try:
            data = self._file.read(count)
            text = self._decoder.decode(data, final=not data)
        except OSError as error:
            raise LedgerFormatError(_("The file {path} cannot be read.").format(path=self._path)) from error
        except ValueError as error:
            raise self.refusal() from error
        self.offset += len(data)
        self._ended = not data
        self._text, self._place = self._text[self._place :] + text, 0
        return bool(data)


class FactsFile:
    """A facts file as a source for an import.

    Attributes:
        total: Its size. [byte]
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.total = path.stat().st_size
            self._cursor = _Cursor(path)
        except OSError as error:
            raise LedgerFormatError(_("The file {path} cannot be read.").format(path=path)) from error
        self._current: str | None = None
        self._offsets: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._cursor.close()

    @property
    def done(self) -> int:
        """Return the bytes read."""
        return self._cursor.offset

    @property
    def likely_rows(self) -> int:
        """Return about how many objects it holds."""
        return self.total // BYTES_OF_AN_OBJECT

    def names(self) -> Iterator[str]:
        """Go through the keys of the document as they come.

        Raises:
            LedgerFormatError: It is no facts file.
            ValidationError: A key is there twice.
        """
        cursor, schema = self._cursor, None
        cursor.take("{")
        closing = cursor.token() == "}"
        while not closing:
            name = cursor.decode()
            if not isinstance(name, str):
                raise cursor.refusal()
            cursor.take(":")
            cursor.token()
            if name in self._offsets:
                raise ValidationError(_("“{name}” is there twice.").format(name=name), name)
            self._offsets[name] = cursor.here()
            if name == "schema":
                schema = cursor.decode()
                self._check(schema)
            else:
                self._current = name
                yield name
                if self._current is not None:
                    self._pass_over()
            closing = cursor.take(",", "}") == "}"
        if closing and not self._offsets:
            cursor.take("}")
        if cursor.token():
            raise cursor.refusal()
        self._check(schema)

    def value(self, name: str) -> Any:
        """Return what a small key holds."""
        if self._current == name:
            self._current = None
            return self._cursor.decode()
        cursor = _Cursor(self._path, self._offsets[name])
        try:
            return cursor.decode()
        finally:
            cursor.close()

    def rows(self, name: str) -> Iterator[Any]:
        """Go through the list of a key.

        Raises:
            ValidationError: It is no list.
            LedgerFormatError: It is no JSON.
        """
        if self._current == name:
            self._current = None
            yield from self._list(self._cursor, name)
            return
        cursor = _Cursor(self._path, self._offsets[name])
        try:
            yield from self._list(cursor, name)
        finally:
            cursor.close()

    def _list(self, cursor: _Cursor, name: str) -> Iterator[Any]:
        if cursor.token() != "[":
            if not cursor.decode():  # null, as when the key is absent
                return
            raise ValidationError(_("“{name}” must be a list.").format(name=name), name)
        cursor.take("[")
        if cursor.token() == "]":
            cursor.take("]")
            return
        while True:
            rows, is_whole = cursor.decode_many()
            yield from rows
            if is_whole:
                cursor.take("]")
                return
            yield cursor.decode()
            if cursor.take(",", "]") == "]":
                return

    def _pass_over(self) -> None:
        self._current = None
        if self._cursor.token() == "[":
            for _row in self._list(self._cursor, ""):
                pass
        else:
            self._cursor.decode()

    def _check(self, schema: Any) -> None:
        if schema != SCHEMA:
            raise LedgerFormatError(
                _("{path} is not a facts file: its “schema” is not “{schema}”.").format(path=self._path, schema=SCHEMA)
            )
