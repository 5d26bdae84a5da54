"""The edits of one sitting: done, undone, redone, and what they come to in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridapp.geo.editing.coverage import Coverage, Edit, edit_of


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
