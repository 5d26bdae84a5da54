"""Every action that can stand in the audit log has words."""

from __future__ import annotations

import re
from pathlib import Path

from gridapp.db.audit.verifying import ERASING
from gridapp.db.queries.journal import DEMO_REMOVED
from gridapp.domain.action import action_title, stored_title
from gridapp.domain.handout import HandoutKind
from gridapp.services import sealing

SERVICES = Path(sealing.__file__).parent
NAMED_ELSEWHERE = {
    sealing.OPENING, ERASING, DEMO_REMOVED, "privacy.access", "privacy.corrections", "consent.print",
}  # fmt: skip


def test_whoever_reads_the_log_needs_no_dictionary() -> None:
    sources = "".join(path.read_text("utf-8") for path in SERVICES.glob("*.py"))
    actions = set(re.findall(r'database\.write\(\s*"([a-z_.]+)"', sources)) | NAMED_ELSEWHERE
    actions |= {f"handout.{kind.value}" for kind in HandoutKind}
    assert len(actions) > 60
    assert [action for action in sorted(actions) if action_title(action) == action] == []
    assert action_title("of.the.future") == "of.the.future"


def test_what_was_corrected_has_words_too() -> None:
    assert stored_title("register_address") == "Register address"
    assert stored_title("enrolment.end") == "Categories：Last day"
    assert stored_title("of.the.future") == "future"
