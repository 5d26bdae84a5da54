"""A roster for tests: the built-in template, filled with invented people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridapp.reports.codes import row_code
from gridapp.reports.document import Contents, FigureLine, People, lay_out, write_document
from gridapp.reports.fields import PLACEHOLDERS
from gridapp.reports.paper_template import PaperTemplate, built_in
from gridapp.reports.people import PersonLine, person_texts

PRINTED_AT = dt.datetime(2026, 3, 15, 2, 22, tzinfo=dt.UTC)
RULE = "口径：月末在册的独居、空巢等六类老人；上门、电话、视频见到本人或通话即算探访。"


@dataclass(frozen=True)
class Roster:
    """People and what they are printed with."""

    rows: list[PersonLine]
    sheet_no: int = 12
    template: PaperTemplate = built_in("visit_roster")
    printed_by: str = "李主任"
    printed_at: dt.datetime = PRINTED_AT

    @property
    def contents(self) -> Contents:
        return contents_of({"roster": People.of(self.rows)}, self.sheet_no)


def contents_of(people: dict[str, People], sheet_no: int = 0, **more: object) -> Contents:
    """Return contents with a word for every placeholder."""
    words = dict.fromkeys(PLACEHOLDERS, "·") | {
        "area": "幸福里社区", "scope": "第3网格", "month": "2026年3月", "worker": "王秀兰", "user": "李主任",
        "time": "2026-03-15 10:22", "people": "60",
    }  # fmt: skip
    told: dict[str, object] = {
        "words": words, "people": people, "figures": {}, "total": FigureLine("合计", 0, 0, "—", None), "target": 1.0,
        "printed_by": "李主任", "printed_at": PRINTED_AT, "data_up_to": dt.date(2026, 3, 14), "rule_text": RULE,
        "sheet_no": sheet_no,
    }  # fmt: skip
    return Contents(**(told | more))


@dataclass(frozen=True)
class Written:
    """What was printed, with the codes in order."""

    pages: int
    rows: int
    codes: tuple[tuple[str, str], ...]
    unprintable: tuple[tuple[int, str, str], ...]


def write_roster(roster: Roster, target, progress=None) -> Written:
    result = write_document(roster.template, roster.contents, target, progress)
    codes = tuple((row_code(roster.sheet_no, at), line.person_ref) for at, line in enumerate(roster.rows, start=1))
    return Written(result.pages, result.rows, codes, result.unprintable)


def lay_out_roster(roster: Roster):
    return lay_out(roster.template, roster.contents)


def row_values(line: PersonLine, sheet_no: int, number: int) -> dict[str, str]:
    fields = built_in("visit_roster").blocks[0].fields
    texts = person_texts(lambda _index: line, fields, "masked", sheet_no)
    return texts(number - 1)
