"""Invented people and figures to fill a template with, so that it can be looked at while it is changed.

Nobody real is shown: the preview asks no database and leaves no trace.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from gridapp import clock, formats
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.domain.span import span_of
from gridapp.i18n import _
from gridapp.reports.document import Contents, FigureLine, People, write_document
from gridapp.reports.fields import PEOPLE_SOURCES, PLACEHOLDERS, SOURCES
from gridapp.reports.paper_template import PaperTemplate
from gridapp.reports.people import PersonLine

ROWS, FORMS, FIGURES = 18, 2, 6
SAMPLE_SHEET = 999_999
_NAMES = ("王秀英", "买买提·艾力", "欧阳建国", "李桂兰", "张德福", "周𬭎", "苏布德·那顺", "赵明", "孙淑珍")
_CATEGORIES = (("独居",), ("空巢", "失能"), ("独居", "重残", "高龄"), ("计生特殊家庭",), ("留守老人",))


def sample_contents(template: PaperTemplate) -> Contents:
    """Return what a template shows when nobody real is to be seen."""
    today = clock.today()
    month = Month.of(today)
    label = span_of(template.period, month).label
    forms = {block.source for block in template.blocks if block.kind == "form"}
    people = {
        source: People(FORMS if source in forms else ROWS, _sample_person) for source in PEOPLE_SOURCES
    }
    figures = {
        source: [_sample_figure(source, at) for at in range(FIGURES)] for source in SOURCES if source not in people
    }  # fmt: skip
    words = dict.fromkeys(PLACEHOLDERS, "12") | {
        "area": "幸福里社区", "scope": "第一网格", "worker": "马强", "user": "王主任", "shown": "91.6%",
        "target": "100%", "onsite": "83.3%", "time": formats.instant(clock.now()),
        "state": _("provisional, not closed yet"),
        "categories": "、".join(words[0] for words in _CATEGORIES), "visits": "上门 9、电话 3",
    }  # fmt: skip
    words |= dict.fromkeys(("month", "period", "quarter", "half", "year"), label)
    return Contents(
        words=words, people=people, figures=figures, total=_sample_figure("", 0), target=1.0, printed_by="王主任",
        printed_at=clock.now(), data_up_to=today, rule_text=_("The rule of the figures stands here."),
        sheet_no=SAMPLE_SHEET if template.is_numbered else 0,
    )  # fmt: skip


def _sample_person(at: int) -> PersonLine:
    day = clock.today() - dt.timedelta(days=at % 28)
    visited = at % 3 == 0
    return PersonLine(
        person_ref=f"sample-{at}", name=_NAMES[at % len(_NAMES)], sex=_("Female") if at % 2 else _("Male"),
        age=64 + at * 7 % 30, birth=dt.date(1950, 5, 1), categories=_CATEGORIES[at % len(_CATEGORIES)],
        level="二级" if at % 5 == 2 else "", id_number="990101195005010128", phone=f"1990000{at:04d}",
        address=f"和顺街{at + 12}号新风小区{at % 11 + 1}号楼{at % 3 + 1}单元{at % 6 + 1}0{at % 4 + 1}室",
        grid="第一网格", worker="马强", worker_phone="19900000001", tier="ABC"[at % 3], joined=day, due=day,
        last_visit=None if at % 7 == 3 else day, contact=f"王磊 1990001{at:04d}" if at % 2 else "", visits=at % 4,
        visit={"visit_day": formats.date(day), "visit_mode": "上门", "visit_outcome": "已探访", "mode": "onsite",
               "outcome": "met", "visit_note": "精神不错，想去参加小区里的合唱队。"} if visited else None,
    )  # fmt: skip


def _sample_figure(source: str, at: int) -> FigureLine:
    name = {
        "by_month": formats.month(clock.today().year, at + 1), "by_category": _CATEGORIES[at % len(_CATEGORIES)][0],
        "by_grid": f"第{at + 1}网格",
    }.get(source, _("Total"))  # fmt: skip
    roster, visited = 30 + at, 30 + at - at % 3 * 2
    rate = VisitRate(visited, roster, visited - at)
    return FigureLine(
        name, visited, roster, rate.shown, rate.share, rate.shown_onsite, at, at % 2, 0,
        _("provisional, not closed yet"),
    )  # fmt: skip


def write_sample(template: PaperTemplate, target: Path) -> None:
    """Write a template filled with invented people as PDF.

    Raises:
        StorageError: The file cannot be written.
    """
    write_document(template, sample_contents(template), target)
