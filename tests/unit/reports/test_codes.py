"""Row codes: digits, check digit, symbols."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.reports.codes import BITMAP_BYTES, SIDE, check_digit, parse_row_code, row_bitmaps, row_code

sheets, rows = st.integers(1, 999_999), st.integers(1, 100_000)


def _image(bitmap, scale=4):
    modules = np.unpackbits(np.frombuffer(bitmap, np.uint8).reshape(SIDE, 3), axis=1)[:, :SIDE]
    return np.kron(np.pad(1 - modules, 4, constant_values=1), np.ones((scale, scale), np.uint8)) * np.uint8(255)


@given(sheets, rows)
def test_a_code_reads_back(sheet, row):
    code = row_code(sheet, row)
    assert len(code) == 12
    assert code.isdigit()
    assert parse_row_code(code) == (sheet, row)
    assert parse_row_code(f" {code[:6]}-{code[6:]} ") == (sheet, row)


@given(sheets, rows, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(sheet, row, place, shift):
    code = row_code(sheet, row)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    with pytest.raises(ValidationError):
        parse_row_code(wrong)


def test_check_digit_of_the_standard():
    # The example of ISO 7064 for MOD 11,10: 0794 with check digit 5.
    assert check_digit("0794") == "5"


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567890123", "00001200001x", "００００１２００００１８", "000000000010"]
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(ValidationError) as caught:
        parse_row_code(text)
    assert caught.value.field == "row_code"


@pytest.mark.parametrize(("sheet", "row"), [(0, 1), (1_000_000, 1), (1, 0), (1, 100_001)])
def test_numbers_out_of_range_are_refused(sheet, row):
    with pytest.raises(ValidationError):
        row_code(sheet, row)


@settings(max_examples=60)
@given(st.lists(st.text("0123456789", min_size=12, max_size=12), min_size=1, max_size=5))
def test_symbols_decode_to_their_digits(codes):
    bitmaps = row_bitmaps(codes)
    assert {len(bitmap) for bitmap in bitmaps} == {BITMAP_BYTES}
    for code, bitmap in zip(codes, bitmaps, strict=True):
        (found,) = zxingcpp.read_barcodes(_image(bitmap))
        assert (found.text, found.ec_level) == (code, "H")


def test_a_symbol_with_a_fifth_of_its_data_lost_still_decodes():
    code = row_code(12, 34)
    image = _image(row_bitmaps([code])[0], scale=8)
    image[19 * 8 : 25 * 8, 17 * 8 : 22 * 8] = 0  # an ink blot of 30 modules
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [code]


def test_no_codes_no_symbols():
    assert row_bitmaps([]) == []
