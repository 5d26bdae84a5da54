"""Every text a person reads is in the catalogue, and the compiled catalogue is the written one."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from gridapp import i18n
from tools import catalogue


def test_every_source_text_is_translated() -> None:
    problems = catalogue.missing(catalogue.source_texts(), catalogue.load(catalogue.po_path("zh_CN")))
    assert not problems, "Run tools/catalogue.py update, translate, compile.\n  " + "\n  ".join(problems)


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_catalogue_holds_source_texts_only(language: str) -> None:
    sources = catalogue.source_texts()
    strangers = [message.id for message in catalogue.texts(catalogue.load(catalogue.po_path(language)))
                 if sources.get(message.id, message.context) is None]
    assert not strangers, f"Run tools/catalogue.py update: {strangers}"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_compiled_catalogue_is_up_to_date(language: str) -> None:
    written = catalogue.mo_bytes(catalogue.load(catalogue.po_path(language)))
    assert catalogue.mo_path(language).read_bytes() == written, "Run tools/catalogue.py compile."


def test_chinese_is_what_users_see() -> None:
    i18n.set_language("zh_CN")
    catalog = i18n._catalogue()
    assert isinstance(catalog, gettext.GNUTranslations)
    assert catalog.info()["language"] == "zh_CN"


# ---- the tool itself -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch) -> Path:
    """A checkout with three source texts."""
    for top in catalogue.SOURCES:
        (tmp_path / top).mkdir()
    (tmp_path / "gridapp/a.py").write_text(
        'x = _("Row {row} has no name.").format(row=3)\ny = N_("Grid")\nfor _ in range(3): pass\n')
    (tmp_path / "ui/b.py").write_text('z = C_("visit", "Met")\n_("Grid")\n')
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path / "locale")
    return tmp_path


def test_fragments_are_merged_and_compiled(small_project: Path, capsys) -> None:
    fragment = small_project / "part.po"
    fragment.write_text('msgid "Grid"\nmsgstr "网格"\n\nmsgctxt "visit"\nmsgid "Met"\nmsgstr "见到"\n\n'
                        'msgid "Gone"\nmsgstr "没有了"\n', "utf-8")
    assert catalogue.main(["update", str(fragment), "compile"]) == 0
    out = capsys.readouterr().out
    assert "part.po: no source text 'Gone'" in out
    assert "not translated: gridapp/a.py: 'Row {row} has no name.'" in out
    with catalogue.mo_path("zh_CN").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Grid") == "网格"
    assert compiled.pgettext("visit", "Met") == "见到"
    assert compiled.gettext("Row {row} has no name.") == "Row {row} has no name."

    first = catalogue.po_path("zh_CN").read_bytes()
    catalogue.main(["update"])
    assert catalogue.po_path("zh_CN").read_bytes() == first, "the same texts give the same bytes"


def test_second_translation_is_reported_and_not_taken(small_project: Path, capsys) -> None:
    for number, text in enumerate(("网格", "格子")):
        (small_project / f"{number}.po").write_text(f'msgid "Grid"\nmsgstr "{text}"\n', "utf-8")
    catalogue.main(["update", str(small_project / "0.po"), str(small_project / "1.po")])
    assert "1.po: 'Grid' is '网格' already, not '格子'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entry", "problem"),
    [("", "not translated"), ('#, fuzzy\nmsgid "Row {row} has no name."\nmsgstr "第 {row} 行没有姓名。"', "fuzzy"),
     ('msgid "Row {row} has no name."\nmsgstr "第 {line} 行没有姓名。"', "other placeholders"),
     ('msgid "Row {row} has no name."\nmsgstr "第 {row} 行没有姓名。"', None)],
)
def test_check_finds_each_fault(small_project: Path, entry: str, problem: str | None) -> None:
    path = small_project / "zh.po"
    path.write_text(f'msgid "Grid"\nmsgstr "网格"\n\nmsgctxt "visit"\nmsgid "Met"\nmsgstr "见到"\n\n{entry}\n', "utf-8")
    found = catalogue.missing(catalogue.source_texts(), catalogue.load(path))
    assert [line.partition(":")[0] for line in found] == ([problem] if problem else [])


def test_text_that_left_the_source_leaves_the_catalogue(small_project: Path) -> None:
    catalogue.main(["update"])
    (small_project / "ui/b.py").write_text("")
    catalogue.main(["update"])
    assert [message.id for message in catalogue.texts(catalogue.load(catalogue.po_path("zh_CN")))] == [
        "Row {row} has no name.", "Grid"]
