"""What the user can say of a ledger row that nearly fits somebody known."""

from __future__ import annotations

PERHAPS = "perhaps_same"
"""Code of the issue that asks."""

SAME, ANOTHER = "same", "another"
"""The two answers."""

DECIDED = "decided"
"""Where a row's fields bear the answer."""
