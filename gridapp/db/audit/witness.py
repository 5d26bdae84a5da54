"""The end of the chain as a short text for paper: whoever keeps the paper can tell whether the log is still that one.

A chain that somebody builds anew from an entry on, with every key of this
computer in hand, still verifies by itself. It no longer gives what was printed
before. The text names the place and the first eight bytes of the digest there.
"""

from __future__ import annotations

import re
from enum import Enum

from sqlalchemy import Connection, text

from gridapp.db.audit import chain
from gridapp.errors import ValidationError
from gridapp.i18n import _

_DIGITS = 16
_WRITTEN = re.compile(
    rf"\s*(?P<place>[0-9]{{1,18}})(?:\s*[-–—]\s*|\s+)(?P<digest>(?:[0-9a-f][\s–—-]{{0,3}}){{{_DIGITS}}})", re.IGNORECASE
)


class Witness(Enum):
    """What paper says about the log."""

    HELD = "held"
    OTHER = "other"
    BEYOND = "beyond"
    LET_GO = "let_go"


def head(connection: Connection) -> str:
    """Return the end of the chain as it is printed, such as ``412-9f3a-77c2-01bd-5e60``; "" for an empty log."""
    position, digest = chain.last_link(connection)
    if position == 0:
        return ""
    digits = digest.hex()[:_DIGITS]
    return "-".join([str(position), *(digits[place : place + 4] for place in range(0, _DIGITS, 4))])


def compare(connection: Connection, printed: str) -> tuple[Witness, int]:
    """Return whether what paper says is in the chain, and the place it names.

    Args:
        connection: A read.
        printed: As ``head`` writes it; spaces, dashes and capitals do not matter.

    Raises:
        ValidationError: It has another form.
    """
    found = _WRITTEN.fullmatch(printed)
    if found is None:
        raise ValidationError(
            _("“{text}” is no mark of the audit log. Type it as printed, such as 412-9f3a-77c2-01bd-5e60.").format(
                text=printed[:60]
            ),
            "head",
        )
    position = int(found["place"])
    wanted = re.sub(r"[^0-9a-f]", "", found["digest"].lower())
    stored = connection.execute(
        text(
            "SELECT digest FROM audit_link WHERE position = :position "
            "UNION ALL SELECT digest FROM audit_checkpoint WHERE position = :position"
        ),
        {"position": position},
    ).scalars()
    digests = {bytes(digest).hex()[:_DIGITS] for digest in stored}
    if digests:
        return (Witness.HELD if digests == {wanted} else Witness.OTHER), position
    last, _digest = chain.last_link(connection)
    return (Witness.BEYOND if position > last else Witness.LET_GO), position
