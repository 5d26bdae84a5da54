"""The built-in categories are those indicators.md lists, counting as it says."""

from __future__ import annotations

from gridapp import i18n
from gridapp.domain.hardship import BUILT_IN, AbsenceReason, absence_title, built_in_title
from gridapp.domain.visit import Mode, Outcome, mode_title, outcome_title
from tests.factories import golden


def test_what_counts_by_default() -> None:
    assert sorted(row.code for row in BUILT_IN if row.counts) == golden()["counting_categories"]
    assert len({row.code for row in BUILT_IN}) == len(BUILT_IN)
    kinds = {row.code: row.kind for row in BUILT_IN}
    assert [kinds[code] for code in ("childless", "dementia", "advanced_age")] == ["hardship"] * 3
    assert [kinds[code] for code in ("scattered_orphan", "unsupported_child")] == ["child"] * 2


def test_every_code_has_words_in_both_languages() -> None:
    said = {}
    for language in ("zh_CN", "en"):
        i18n.set_language(language)
        said[language] = [
            *(built_in_title(row.code) for row in BUILT_IN), *map(absence_title, AbsenceReason), *map(mode_title, Mode),
            *map(outcome_title, Outcome),
        ]  # fmt: skip
        assert all(said[language])
    assert all(chinese != english for chinese, english in zip(said["zh_CN"], said["en"], strict=True))
    assert built_in_title("widowed") is None
