"""Where facts come from: a document in memory, or a file read as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from gridapp.db.facts.checks import rows_of
from gridapp.db.facts.form import SECTIONS, VISITS


class FactsSource(Protocol):
    """Facts whose lists are gone through one after the other."""

    @property
    def total(self) -> int:
        """Return how much there is to read, in units of its own."""

    @property
    def done(self) -> int:
        """Return how much of it was read."""

    @property
    def likely_rows(self) -> int:
        """Return about how many objects come."""

    def names(self) -> Iterator[str]:
        """Go through the keys of the document as they come; a key passed over can be read later.

        Raises:
            LedgerFormatError: It turns out to be no facts file.
        """

    def value(self, name: str) -> Any:
        """Return what a small key holds, such as the settings."""

    def rows(self, name: str) -> Iterator[Any]:
        """Go through the list of a key, from its first object.

        Raises:
            ValidationError: It is no list.
            LedgerFormatError: It turns out to be no facts file.
        """


class DocumentSource:
    """Facts in memory."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._names = [section.name for section in (*SECTIONS, VISITS)]
        self.total = sum(len(rows_of(document, name)) for name in self._names)
        self.done = 0

    @property
    def likely_rows(self) -> int:
        """Return how many objects come."""
        return self.total

    def names(self) -> Iterator[str]:
        """Go through the keys in the order an import needs."""
        known = ("schema", "handed_out", "settings", *self._names)
        unknown = [name for name in self._document if name not in known]
        return iter([*unknown, *(name for name in known[1:] if name in self._document)])

    def value(self, name: str) -> Any:
        """Return what a key holds."""
        return self._document[name]

    def rows(self, name: str) -> Iterator[Any]:
        """Go through a list."""
        for row in rows_of(self._document, name):
            self.done += 1
            yield row
