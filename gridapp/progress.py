"""How long work reports progress and learns that it must stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receiver of progress reports; every screen or shell implements its own."""

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Report that ``done`` of ``total`` steps are complete.

        Raises:
            OperationCancelled: The user asked to stop. Let it propagate.
        """


class NullProgress:
    """Progress that nobody watches and nobody cancels."""

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Do nothing."""
