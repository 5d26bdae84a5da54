"""The edits of one sitting: done, undone, redone, and what they come to in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from gridapp.geo.editing.coverage import Coverage, Edit, edit_of

_SUCCESSIONS = {"split": "split", "merge": "merge", "draw": "cut", "cut_hole": "cut"}


@dataclass(frozen=True)
class Drawing:
    """What a sitting comes to, as it is stored.

    Attributes:
        before: WKB by id as it was opened, CGCS2000 degrees; None for polygons that are new.
        after: WKB by id; None for polygons that go.
        lineage: Predecessor, successor and "split", "merge", "cut" or "redrawn", in ids of ``before`` and ``after``.
    """

    before: Mapping[str, bytes | None]
    after: Mapping[str, bytes | None]
    lineage: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class EditSession:
    """A coverage as it was opened, the edits since, and those taken back.

    A value: each step returns another session, so a canvas keeps one variable.

    Attributes:
        opened: The coverage the sitting began with.
        coverage: As it is now.
        done: Edits in order.
        undone: Edits taken back, the next to redo last.
    """

    opened: Coverage
    coverage: Coverage
    done: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()

    @classmethod
    def start(cls, coverage: Coverage) -> EditSession:
        """Return a session in which nothing was done yet."""
        return cls(coverage, coverage)

    def did(self, edit: Edit) -> EditSession:
        """Return the session after an edit; what was undone before cannot be redone any more.

        Raises:
            ValidationError: The edit was made on another state of the map.
        """
        if not edit.changes:
            return self
        return EditSession(self.opened, self.coverage.applied(edit), (*self.done, edit))

    def undo(self) -> EditSession:
        """Return the session with the last edit taken back; itself when there is none."""
        if not self.done:
            return self
        last = self.done[-1]
        return EditSession(self.opened, self.coverage.reverted(last), self.done[:-1], (*self.undone, last))

    def redo(self) -> EditSession:
        """Return the session with the last edit taken back done again; itself when there is none."""
        if not self.undone:
            return self
        last = self.undone[-1]
        return EditSession(self.opened, self.coverage.applied(last), (*self.done, last), self.undone[:-1])

    def outcome(self) -> Edit:
        """Return all edits as one: polygons that came back to what they were are left out.

        Its lineage goes from polygons as opened to polygons as they are now, through all steps between.
        """
        ids = sorted({id for edit in self.done for id in edit.touched})
        after: dict[str, Any | None] = {id: self.coverage.shapes.get(id) for id in ids}
        return edit_of("batch", self.opened, after, self._lineage())

    def drawn(self) -> Drawing:
        """Return the outcome as it is stored."""
        outcome, frame = self.outcome(), self.coverage.frame

        def stored(shape: Any | None) -> bytes | None:
            return None if shape is None else bytes(shapely.to_wkb(shapely.transform(shape, frame.to_degrees)))

        how = {new: _SUCCESSIONS.get(edit.kind, "redrawn") for edit in self.done for _old, new in edit.lineage}
        return Drawing(
            {change.id: stored(change.before) for change in outcome.changes},
            {change.id: stored(change.after) for change in outcome.changes},
            tuple((old, new, how[new]) for old, new in outcome.lineage),
        )

    def _lineage(self) -> tuple[tuple[str, str], ...]:
        origins: dict[str, set[str]] = {}
        for edit in self.done:
            came: dict[str, set[str]] = {}
            for old, new in edit.lineage:
                came.setdefault(new, set()).update(origins.get(old, {old}))
            origins.update(came)
        return tuple(
            sorted(
                (old, new)
                for new, olds in origins.items()
                for old in olds
                if old != new and old in self.opened and new in self.coverage
            )
        )
