"""Masked fields give nothing away that the mask is there to hide."""

from __future__ import annotations

import pytest

from gridapp.domain.masking import mask_id_number, mask_name, mask_phone


def test_an_identity_number_keeps_only_its_area() -> None:
    assert mask_id_number("990101194003050118") == "990101********••••"


@pytest.mark.parametrize(("plain", "masked"), [("G12345678", "G1•••••••"), ("", ""), (None, ""), ("12", "12••••")])
def test_other_documents_keep_two_characters(plain: str | None, masked: str) -> None:
    assert mask_id_number(plain) == masked


@pytest.mark.parametrize(
    ("plain", "masked"), [("张三", "张*"), ("张小三", "张*三"), ("买买提·艾力", "买*力"), ("王", "王*"), (None, "")]
)
def test_a_name_keeps_its_ends(plain: str | None, masked: str) -> None:
    assert mask_name(plain) == masked


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("13900000001", "139****0001"),
        ("0531-88881234", "0531-****234"),
        ("13900000001;0531-88881234", "139****0001;0531-****234"),
        ("88881234", "88******"),
        (None, ""),
    ],
)
def test_a_phone_keeps_too_little_to_call(plain: str | None, masked: str) -> None:
    assert mask_phone(plain) == masked
