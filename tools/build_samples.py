"""Write the sample files in ``data/``: two registers, a visit ledger and the grids they belong to.

All of it is taken from one invented community, so that the files agree with each
other; nobody in them exists. Run from anywhere: ``python tools/build_samples.py``.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import xlsxwriter  # noqa: E402 - the path to our own code comes first

from gridapp.demo.families import Family, Member  # noqa: E402
from gridapp.demo.hardship import Elder  # noqa: E402
from gridapp.demo.invention import InventedCommunity, invent_communities  # noqa: E402
from gridapp.demo.sizes import SIZES  # noqa: E402
from gridapp.demo.spans import holding  # noqa: E402
from gridapp.demo.words import UNUSUAL  # noqa: E402
from gridapp.progress import NullProgress  # noqa: E402

TODAY = dt.date(2026, 10, 1)
FIRST_VISIT = dt.date(2026, 8, 16)
SEED = 2026
ELDERS, RESIDENTS = 120, 300

CATEGORY_WORDS = {
    "living_alone": "独居", "empty_nest": "空巢", "left_behind": "留守老人", "disabled_capacity": "失能",
    "severe_disability": "重残", "family_planning_special": "计生特殊家庭", "childless": "孤寡", "dementia": "失智",
    "advanced_age": "高龄", "minimum_living": "低保", "low_income_margin": "低保边缘", "extreme_poverty": "特困",
    "disability": "残疾", "veteran_care": "优抚",
}  # fmt: skip
SEX_WORDS = {"F": "女", "M": "男"}
REGISTER_WORDS = {"same": "人户一致", "registered_elsewhere": "人在户不在"}
MODE_WORDS = {"onsite": "上门", "phone": "电话", "video": "视频", "remote": "远程监测"}
OUTCOME_WORDS = {
    "met": "见面", "not_home": "未遇", "no_answer": "无人接听", "refused": "拒访", "away": "外出", "hospital": "住院",
}  # fmt: skip

ELDER_COLUMNS = ("序号", "姓名", "性别", "身份证号", "出生日期", "联系电话", "现住址", "所属网格", "人员类别",
                 "认定日期", "紧急联系人", "紧急联系电话", "网格员")  # fmt: skip
RESIDENT_COLUMNS = ("序号", "户编号", "姓名", "与户主关系", "性别", "身份证号", "出生日期", "民族", "联系电话",
                    "现住址", "户籍地址", "人户情况", "所属网格", "入住日期")  # fmt: skip
VISIT_COLUMNS = ("探访日期", "姓名", "身份证号", "探访方式", "探访结果", "探访人", "备注")
WIDTHS = {"序号": 6, "姓名": 12, "身份证号": 21, "现住址": 40, "户籍地址": 44, "人员类别": 22, "联系电话": 14,
          "紧急联系电话": 14, "户编号": 14, "出生日期": 12, "认定日期": 12, "入住日期": 12, "所属网格": 14}  # fmt: skip

Table = list[Sequence[Any]]


def main() -> None:
    """Write all four files and tell how long they are."""
    for name, content in samples().items():
        path = ROOT / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print(f"{path.relative_to(ROOT)}: {len(content):,} bytes")


def samples() -> dict[str, bytes]:
    """Return the content of every sample file by its name."""
    community = invent_communities(SIZES["community"], SEED, TODAY, NullProgress())[0]
    elders, families = choose(community)
    place = community.place.name
    return {
        "sample_grids.geojson": grids_file(community),
        "sample_residents.xlsx": workbook(
            f"{place}居民台账（2026年10月）", "居民", RESIDENT_COLUMNS, resident_rows(families)
        ),
        "sample_elders.xlsx": workbook(
            f"{place}特殊困难老年人台账（2026年10月）", "老年人", ELDER_COLUMNS, elder_rows(community, elders)
        ),
        "sample_visits.csv": visits_file(community, elders),
    }


def living(family: Family) -> list[Member]:
    """Return the members of a family who live here today."""
    return [member for member in family.members if holding(member.resident(), TODAY)]


def choose(community: InventedCommunity) -> tuple[list[Elder], list[Family]]:
    """Return the elders of the sample and the whole families of the register, elders' families among them."""
    random = Random(SEED)
    unusual = {name for name, _sex, _people in UNUSUAL}
    on_roster = [elder for elder in community.elders if holding(elder.roster, TODAY) and _complete(elder.family)]
    random.shuffle(on_roster)
    on_roster.sort(key=lambda elder: elder.member.name not in unusual)
    elders: list[Elder] = []
    families: list[Family] = []
    for elder in on_roster:
        if elder.family in families or len(elders) >= ELDERS:
            continue
        families.append(elder.family)
        elders += [one for one in on_roster if one.family is elder.family]
    others = [family for family in community.population.families if family not in families and _complete(family)]
    plain = [family for family in others if not any(elder.family is family for elder in community.elders)]
    random.shuffle(plain)
    residents = sum(len(living(family)) for family in families)
    for family in plain:
        if residents >= RESIDENTS:
            break
        families.append(family)
        residents += len(living(family))
    families.sort(key=lambda family: (family.members[0].home.grid.code, family.members[0].home.row["register_no"]))
    order = {id(family): position for position, family in enumerate(families)}
    elders.sort(key=lambda elder: order[id(elder.family)])
    return elders, families


def _complete(family: Family) -> bool:
    """Return whether everybody in the family has an ID number and the head lives."""
    return family.members[0].died is None and all(member.row["id_number"] for member in living(family))


def resident_rows(families: list[Family]) -> Table:
    """Return the rows of the register of residents."""
    rows: Table = []
    for family in families:
        for member in living(family):
            row, home = member.row, member.home
            rows.append((
                len(rows) + 1, home.row["register_no"], member.name, member.relation, SEX_WORDS[member.sex],
                row["id_number"], row["birth"], row["ethnicity"], row.get("phone", ""), home.address,
                row["register_address"], REGISTER_WORDS[row["register_status"]], home.grid.name,
                member.stays[0].start.isoformat(),
            ))  # fmt: skip
    return rows


def elder_rows(community: InventedCommunity, elders: list[Elder]) -> Table:
    """Return the rows of the register of elders."""
    contacts: dict[str, Any] = {}
    for contact in community.carer.contacts:
        contacts.setdefault(contact["person"], contact)
    held = {member.key: enrolments for member, enrolments in community.enrolments}
    rows: Table = []
    for elder in elders:
        member, home = elder.member, elder.member.home
        spans = [(item.category, (item.start, item.end)) for item in held[member.key]]
        codes = [code for code, span in spans if holding([span], TODAY)]
        roster = holding(elder.roster, TODAY)
        assert roster is not None
        contact = contacts[member.key]
        worker = community.staff.name(community.staff.on_duty(home.grid.code, "manager", TODAY))
        rows.append((
            len(rows) + 1, member.name, SEX_WORDS[member.sex], member.row["id_number"], member.row["birth"],
            member.row.get("phone", ""), home.address, home.grid.name,
            "、".join(CATEGORY_WORDS[code] for code in dict.fromkeys(codes)), roster[0].isoformat(),
            contact["name"], contact["phone"], worker,
        ))  # fmt: skip
    return rows


def visits_file(community: InventedCommunity, elders: list[Elder]) -> bytes:
    """Return the visit ledger as CSV in GB 18030, the way older programs write it.

    Of the visits that met an elder in a month only the first is kept; attempts all are.
    """
    chosen = {elder.member.key for elder in elders}
    seen: set[tuple[str, int]] = set()
    rows: Table = []
    for visit in sorted(community.visits, key=lambda one: (one.day, one.minutes, one.member.key)):
        month = (visit.member.key, visit.day.month)
        wanted = visit.member.key in chosen and FIRST_VISIT <= visit.day < TODAY and not visit.void_reason
        if not wanted or visit.mode == "remote" or (visit.outcome == "met" and month in seen):
            continue
        if visit.outcome == "met":
            seen.add(month)
        # Only workers whom the register of elders names, so that nobody unknown turns up.
        worker = community.staff.on_duty(visit.member.grid_on(visit.day), "manager", visit.day)
        rows.append((
            visit.day.isoformat(), visit.member.name, visit.member.row["id_number"], MODE_WORDS[visit.mode],
            OUTCOME_WORDS[visit.outcome], community.staff.name(worker), visit.extras.get("note", ""),
        ))  # fmt: skip
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(VISIT_COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("gb18030")


def grids_file(community: InventedCommunity) -> bytes:
    """Return today's grid boundaries as GeoJSON; CGCS2000 degrees, which RFC 7946 readers take for WGS 84."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": row["code"],
                "name": row["name"],
                "kind": row.get("kind", "basic"),
                "community": community.place.name,
            },
            "geometry": row["boundaries"][-1]["geometry"],
        }
        for row in community.place.grid_rows
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()


def workbook(title: str, sheet: str, columns: Sequence[str], rows: Table) -> bytes:
    """Return a workbook with a title row, headings and rows, every cell but the serial number as text."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"created": dt.datetime(TODAY.year, TODAY.month, TODAY.day)})
    page = book.add_worksheet(sheet)
    heading = book.add_format({"bold": True, "border": 1, "align": "center", "bg_color": "#EEF2F6"})
    text = book.add_format({"num_format": "@", "border": 1})
    number = book.add_format({"border": 1})
    large = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    page.merge_range(0, 0, 0, len(columns) - 1, title, large)
    for index, column in enumerate(columns):
        page.set_column(index, index, WIDTHS.get(column, 10))
        page.write_string(1, index, column, heading)
    for line, row in enumerate(rows, 2):
        page.write_number(line, 0, row[0], number)
        for index, value in enumerate(row[1:], 1):
            page.write_string(line, index, value, text)
    page.freeze_panes(2, 3)
    page.set_landscape()
    page.repeat_rows(1)
    book.close()
    return content.getvalue()


if __name__ == "__main__":
    main()
