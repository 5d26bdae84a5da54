"""How many examples a property test draws."""

from __future__ import annotations

import hypothesis


def share_of_examples(part: int) -> int:
    """Return a part of the profile's examples, for a test each of whose examples takes long; at least one.

    Args:
        part: 4 for a quarter of them.
    """
    profile = hypothesis.settings.default
    assert profile is not None  # loaded by conftest.py
    return max(1, profile.max_examples // part)
