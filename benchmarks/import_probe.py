"""Import a ledger in the real window, step by step, and report how long it stood still; a program of its own.

Usage: python -m benchmarks.import_probe DATABASE LEDGER [YYYY-MM-DD]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks.probing import TODAY, WindowProbe, run
from ui.desktop import Desktop
from ui.dialogs.import_wizard import ImportWizard
from ui.stall_watchdog import StallWatchdog


class ImportProbe(WindowProbe):
    """Drives the wizard as a user does and keeps the longest gap of every step."""

    calm_looks = 15
    patience_looks = 60_000

    def __init__(self, desktop: Desktop, path: str) -> None:
        super().__init__(desktop)
        self._path = path
        self._watchdog = StallWatchdog(self)
        self._steps = self._story()
        self._gaps: dict[str, tuple[float, float]] = {}
        self._said = False

    @property
    def _wizard(self) -> ImportWizard | None:
        found: ImportWizard | None = getattr(self.desktop.window.current_page, "wizard", None)
        return found

    @property
    def is_busy(self) -> bool:
        """Whether the window or the wizard still works."""
        wizard = self._wizard
        return (wizard is not None and wizard.is_busy) or super().is_busy

    def go_on(self) -> None:
        """Keep the gaps of the step that is over, and begin the next one."""
        longest, hardest = self._gaps.get(self.step, (0.0, 0.0))
        self._gaps[self.step] = max(longest, self._watchdog.longest), max(hardest, self._watchdog.hardest)
        try:
            self.step, action = next(self._steps)
        except StopIteration:
            self._gaps.pop("start-up", None)
            self.end({"gaps": self._gaps, "done": self._said})
            return
        self._watchdog.restart()
        self.begin(action)

    def _story(self) -> Iterator[tuple[str, Callable[[], object]]]:
        window = self.desktop.window
        yield "opening the page", lambda: window.go_to("data")
        yield "reading", lambda: window.go_to("data", {"file": self._path})
        wizard = self._wizard
        assert wizard is not None
        yield "checking", wizard.next
        for key in ("waiting", "good", "all"):
            yield f"rows: {key}", lambda key=key: wizard.preview_step.chips.choose(key)  # type: ignore[misc]
        yield "importing", wizard.next
        self._said = wizard.step is wizard.done_step
        yield "closing", wizard.next


def main(database: str, ledger: str, today: str = TODAY) -> int:
    """Start the program, and import the ledger in it."""
    return run(database, today, lambda desktop: ImportProbe(desktop, ledger))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
