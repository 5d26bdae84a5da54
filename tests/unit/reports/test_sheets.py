"""Dashboard, map and rate report: the figures on paper are the figures given."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import numpy as np
import pytest
from PIL import Image

from gridapp.domain.figure_classes import count_classes, rate_classes
from gridapp.domain.period import Month
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.reports.dashboard import DashboardSheet, KpiCard, MonthRate, write_dashboard
from gridapp.reports.document import FigureLine, People, write_document
from gridapp.reports.map_sheet import MapShape, MapSheet, write_map
from gridapp.reports.paper_template import built_in
from gridapp.reports.people import PersonLine
from gridapp.reports.rate_row import RateRow
from tests.unit.reports.rosters import contents_of

RULE = "口径：上门、电话、视频见到本人或通话即算探访。"
PRINTED_AT = dt.datetime(2026, 3, 15, 2, 22, tzinfo=dt.UTC)


def _bare(text):
    return "".join(text.split())


def _row(name, visited, roster):
    rate = visited / roster if roster else None
    return RateRow(name, visited, roster, f"{visited * 1000 // roster / 10}%" if roster else "—", rate, "王秀兰")


def _dashboard(grids=12, months=24, categories=6):
    return DashboardSheet(
        title="探访情况一览",
        community_name="幸福里社区",
        month_label="2026年3月",
        as_of=dt.date(2026, 3, 14),
        cards=(KpiCard("本月探访率", "92.4%", "较上月 +3.1", "good"), KpiCard("尚未探访", "32 人", "", "bad")),
        months=tuple(
            MonthRate(Month(2024, 4).plus(at), None if at == 3 else 0.7 + at / 100, "—" if at == 3 else f"{70 + at}.5%")
            for at in range(months)
        ),
        target=0.9,
        by_grid=tuple(_row(f"第{at}网格", 35 - at % 9, 35 if at else 0) for at in range(grids)),
        by_category=tuple(_row(name, 90, 97 + at) for at, name in enumerate("甲乙丙丁戊己"[:categories])),
        missed_count=32,
        rule_text=RULE,
    )


def _square(east, north, side=0.002):
    west, south = 116.3 + east * side, 39.9 + north * side
    return np.array([[west, south], [west + side, south], [west + side, south + side], [west, south + side]])


def _map(shapes, target=1.0):
    worst = tuple(_row(shape.name, 3, 4) for shape in shapes[:3])
    classes = rate_classes(target)
    return MapSheet("网格探访地图", "幸福里社区", "2026年3月", tuple(shapes), "月探访率", "▼", classes, worst, RULE)


def test_dashboard_pdf_holds_every_figure(page_texts, tmp_path):
    view, path = _dashboard(), tmp_path / "d.pdf"
    write_dashboard(view, path)
    (text,) = page_texts(path)
    for row in (*view.by_grid, *view.by_category):
        assert row.name in text
        assert f"{row.shown}{'▼' if row.rate is not None and row.rate < 0.9 else ''}" in text
        assert f"{row.visited}/{row.roster}" in text
    for entry in view.months:
        assert entry.shown.removesuffix("%") in text
    for card in view.cards:
        assert _bare(card.label + card.figure + card.note) in text
    assert _bare(RULE) in text
    assert "2026-03-14" in text


def test_dashboard_png_is_a_picture_of_the_sheet(tmp_path):
    write_dashboard(_dashboard(), tmp_path / "d.png")
    with Image.open(tmp_path / "d.png") as image:
        assert image.size == (1684, 1191)
        assert len(image.getcolors(1 << 20)) > 20


@pytest.mark.parametrize(("grids", "months", "categories"), [(0, 0, 0), (1, 1, 1), (60, 24, 6)])
def test_dashboard_of_any_size(read_pages, tmp_path, grids, months, categories):
    view = _dashboard(grids, months, categories)
    write_dashboard(view, tmp_path / "d.pdf")
    (text,) = read_pages(tmp_path / "d.pdf")
    assert (_bare(_("No data")) in text) == (grids == 0)
    assert all(row.name in text for row in view.by_grid)


def test_dashboard_with_too_many_grids_says_which_it_shows(read_pages, tmp_path):
    view = _dashboard(grids=150)
    write_dashboard(view, tmp_path / "d.pdf")
    (text,) = read_pages(tmp_path / "d.pdf")
    lowest = min(view.by_grid[1:], key=lambda row: row.rate)
    shown = sum(f"第{at}网格" in text for at in range(150))
    assert shown < 150
    assert lowest.name in text
    assert str(150 - shown) in text


@pytest.mark.parametrize("write", [write_dashboard, write_map])
def test_only_pdf_and_png(write, tmp_path):
    view = _dashboard() if write is write_dashboard else _map([])
    with pytest.raises(ValidationError, match=r"x\.jpg"):
        write(view, tmp_path / "x.jpg")
    assert list(tmp_path.iterdir()) == []


def test_map_shows_names_rates_and_the_missing(page_texts, tmp_path):
    shapes = [MapShape("1", "第1网格", [[_square(0, 0)]], "100%", 1.0)]
    shapes += [MapShape("2", "第2网格", [[_square(1, 0)]], "66.6%", 2 / 3)]
    shapes += [MapShape("3", "𠮷祥网格", [[_square(0, 1)]], "—", None)]
    write_map(_map(shapes), tmp_path / "m.pdf")
    (text,) = page_texts(tmp_path / "m.pdf")
    for words in ("第1网格100%", "第2网格66.6%▼", "𠮷祥网格" + _bare(_("no data")), _bare(_("Needs attention"))):
        assert words in text
    assert "90–99.9%" in text
    assert _bare(_("below {share}").format(share="70%")) in text


def test_map_of_people_missed_marks_the_largest(page_texts, tmp_path):
    shapes = [MapShape("1", "甲", [[_square(0, 0)]], "0", 0.0), MapShape("2", "乙", [[_square(1, 0)]], "7", 7.0)]
    sheet = dataclasses.replace(_map(shapes), figure="本月未访", classes=count_classes(7, is_bad=True), worst=())
    write_map(sheet, tmp_path / "m.pdf")
    (text,) = page_texts(tmp_path / "m.pdf")
    assert "本月未访" in text
    assert "乙7▲" in text
    assert "甲0▲" not in text


def test_map_is_drawn_to_scale_and_coloured(tmp_path):
    shapes = [MapShape("1", "甲", [[_square(0, 0)]], "50%", 0.5), MapShape("2", "乙", [[_square(1, 0)]], "100%", 1.0)]
    write_map(_map(shapes), tmp_path / "m.png")
    with Image.open(tmp_path / "m.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)[:, : 1684 - 2 * 230]  # without the legend
    orange = np.argwhere((pixels == [0xA6, 0x36, 0x03]).all(axis=2))
    blue = np.argwhere((pixels == [0xC6, 0xDB, 0xEF]).all(axis=2))
    assert orange[:, 1].max() < blue[:, 1].min()
    tall, wide = (orange.max(axis=0) - orange.min(axis=0)).tolist()
    # 0.002 degrees at 39.9 N: 222.06 m northward, 171.0 m eastward on the ellipsoid.
    assert tall / wide == pytest.approx(222.06 / 171.0, rel=0.02)


@pytest.mark.parametrize(
    "polygons",
    [
        [],
        [[]],
        [[_square(0, 0), _square(0, 0) * 0.5 + _square(0, 0).mean(axis=0) * 0.5]],
        [[_square(0, 0)], [_square(3, 3)]],
        [[_square(0, 0)[[0, 2, 1, 3]]]],
        [[_square(0, 0)[[0, 0, 0, 0]]]],
    ],
    ids=["none", "empty", "hole", "two", "crossed", "point"],
)
def test_map_of_odd_shapes(polygons, read_pages, tmp_path):
    write_map(_map([MapShape("1", "第1网格", polygons, "50%", 0.5)]), tmp_path / "m.pdf")
    (text,) = read_pages(tmp_path / "m.pdf")
    assert "网格探访地图" in text
    assert (_bare(_("No grid has a boundary yet.")) in text) == (polygons in ([], [[]]))


def test_rate_report_holds_figures_and_names(page_texts, tmp_path):
    people = [
        PersonLine(f"p{at}", f"王𬭎{at}", grid="第2网格", categories=("独居", "重残"), phone="13800001234",
                   address=f"幸福里{at}号楼", note="两次未遇")
        for at in range(70)
    ]  # fmt: skip
    shown = {
        "missed": People.of(people), "new": People.of(people[:2]),
        "excluded": People.of([PersonLine("x", "买买提·艾力", note="住院（全月）")]),
    }  # fmt: skip
    figures = {
        "by_grid": [FigureLine("第1网格", 35, 35, "100%", 1.0, "71.2%", 2, 1, 0)],
        "by_category": [FigureLine("独居", 9, 10, "90%", 0.9, "60%")],
    }
    total = FigureLine("合计", 388, 420, "92.3%", 388 / 420, "66.2%", 45, 6, 3)
    result = write_document(
        built_in("monthly_rate"), contents_of(shown, figures=figures, total=total), tmp_path / "r.pdf"
    )
    pages = page_texts(tmp_path / "r.pdf")
    text = "".join(pages)
    assert result.pages == len(pages) > 1
    assert "第1网格3535100%71.2%210" in text
    assert text.count("合计420388▼92.3%66.2%4563") == 2
    assert all(text.count(f"王𬭎{at}第2网格") == (2 if at < 2 else 1) for at in range(70))
    assert "住院（全月）" in text


def test_rate_report_with_nobody_missed(read_pages, tmp_path):
    empty = {source: People.of([]) for source in ("missed", "new", "excluded")}
    assert write_document(built_in("monthly_rate"), contents_of(empty), stream := io.BytesIO()).pages == 1
    (tmp_path / "r.pdf").write_bytes(stream.getvalue())
    (text,) = read_pages(tmp_path / "r.pdf")
    assert _bare(_("Everyone on the roster was visited.")) in text
