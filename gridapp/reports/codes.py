"""Row codes on paper: twelve digits with a check digit, and their QR symbols.

A row code is six digits of sheet number, five digits of row number and one
check digit. It fits QR version 1 at level H, which survives 30 % damage.

Source: ISO 7064:2003 MOD 11,10 (check digit); ISO/IEC 18004:2015 (QR).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gridapp.errors import ValidationError
from gridapp.i18n import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 21
"""Modules along one side of a version 1 symbol."""
BITMAP_BYTES = SIDE * 3
"""Bytes of a symbol as a 1-bit image: each row padded to three bytes."""

MAX_SHEET = 999_999
MAX_ROW = 100_000
_ROW_DIGITS = 5
_DATA_CODEWORDS, _CHECK_CODEWORDS = 9, 17  # version 1, level H
_LEVEL_H = 0b10
_MASK = 3


def check_digit(digits: str) -> str:
    """Return the check digit of a decimal string.

    Source: ISO 7064:2003, hybrid system MOD 11,10. It finds every single wrong
    digit and nearly every transposition, and is itself a decimal digit.
    """
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def row_code(sheet_no: int, row_no: int) -> str:
    """Return the twelve digits printed beside a row.

    Args:
        sheet_no: Number of the printed sheet, 1 to 999,999.
        row_no: Number of the row on it, 1 to 100,000. Row 100,000 is written
            00000, since row 0 does not exist.

    Raises:
        ValidationError: A number is out of range.
    """
    if not 1 <= sheet_no <= MAX_SHEET:
        raise ValidationError(
            _("The sheet number {number} is outside 1 to {last}.").format(number=sheet_no, last=MAX_SHEET), "sheet_no"
        )
    if not 1 <= row_no <= MAX_ROW:
        raise ValidationError(
            _("A sheet can hold at most {last} rows. Print it grid by grid.").format(last=MAX_ROW), "row_no"
        )
    digits = f"{sheet_no:06d}{row_no % MAX_ROW:0{_ROW_DIGITS}d}"
    return digits + check_digit(digits)


def parse_row_code(text: str) -> tuple[int, int]:
    """Return (sheet_no, row_no) of a typed or scanned row code.

    Spaces and hyphens are ignored.

    Raises:
        ValidationError: It is not twelve digits, or the check digit is wrong.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]{12}", digits):
        raise ValidationError(_("A row code has 12 digits; “{text}” has not.").format(text=text.strip()), "row_code")
    if check_digit(digits[:-1]) != digits[-1]:
        raise ValidationError(
            _("The row code {text} has a wrong digit. Please compare it with the paper.").format(text=text.strip()),
            "row_code",
        )
    sheet_no, row_no = int(digits[:6]), int(digits[6:11]) or MAX_ROW
    if sheet_no == 0:
        raise ValidationError(_("The row code {text} belongs to no sheet.").format(text=text.strip()), "row_code")
    return sheet_no, row_no


def row_bitmaps(codes: Sequence[str]) -> list[bytes]:
    """Return the QR symbol of each twelve-digit code as a 1-bit image.

    Args:
        codes: Strings of twelve digits.

    Returns:
        63 bytes each, 21 rows of three bytes, most significant bit leftmost, 1 = dark.

    The symbol is an affine map over GF(2) of the 40 data bits: a constant and
    one table per group of three digits, XORed. So a batch costs a few gathers.
    """
    import numpy as np  # heavy: imported when first used

    if not codes:
        return []
    tables, constant = _tables()
    digits = np.frombuffer("".join(codes).encode("ascii"), dtype=np.uint8).reshape(len(codes), 12) - ord("0")
    groups = digits.reshape(-1, 4, 3).astype(np.int64) @ np.array([100, 10, 1])
    symbols = np.broadcast_to(constant, (len(codes), BITMAP_BYTES)).copy()
    for place in range(4):
        symbols ^= tables[place][groups[:, place]]
    joined = symbols.tobytes()
    return [joined[at : at + BITMAP_BYTES] for at in range(0, len(joined), BITMAP_BYTES)]


@functools.cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the (4, 1000, 63) tables of the digit groups and the constant symbol."""
    import numpy as np  # heavy: imported when first used

    constant = _packed(_symbol([0] * 40))
    basis = np.empty((40, BITMAP_BYTES), dtype=np.uint8)
    for bit in range(40):
        basis[bit] = _packed(_symbol([int(other == bit) for other in range(40)])) ^ constant
    values = np.arange(1000)
    tables = np.zeros((4, 1000, BITMAP_BYTES), dtype=np.uint8)
    for place in range(4):
        for bit in range(10):
            chosen = (values >> (9 - bit)) & 1 == 1
            tables[place][chosen] ^= basis[place * 10 + bit]
    return tables, constant


def _packed(symbol: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np  # heavy: imported when first used

    return np.packbits(symbol, axis=1).reshape(BITMAP_BYTES)


def _symbol(data: Sequence[int]) -> NDArray[np.uint8]:
    """Return the (21, 21) modules of twelve digits given as 4 groups of 10 bits."""
    import numpy as np  # heavy: imported when first used

    header = [0, 0, 0, 1] + [int(bit) for bit in f"{12:010b}"]  # numeric mode, twelve characters
    bits = header + list(data) + [0] * 4
    bits += [0] * (-len(bits) % 8)
    words = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[at % 2] for at in range(_DATA_CODEWORDS - len(words))]
    words += _check_words(words)
    symbol, reserved = _function_patterns()
    stream = [(word >> shift) & 1 for word in words for shift in range(7, -1, -1)]
    for bit, (row, column) in zip(stream, _zigzag(reserved), strict=True):
        symbol[row, column] = bit ^ ((row + column) % 3 == 0)
    return np.asarray(symbol, dtype=np.uint8)


def _function_patterns() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return finders, timing and format bits, and which modules they occupy."""
    import numpy as np  # heavy: imported when first used

    symbol = np.zeros((SIDE, SIDE), dtype=np.uint8)
    reserved = np.zeros((SIDE, SIDE), dtype=np.bool_)
    ring = np.maximum(*np.abs(np.mgrid[-3:4, -3:4]))
    finder = (ring != 2).astype(np.uint8)
    symbol[:7, :7] = symbol[:7, -7:] = symbol[-7:, :7] = finder
    reserved[:9, :9] = reserved[:9, -8:] = reserved[-8:, :9] = True
    symbol[6, 8:13] = symbol[8:13, 6] = (1, 0, 1, 0, 1)
    reserved[6, :] = reserved[:, 6] = True
    places = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8), (5, 8)]
    places += [(4, 8), (3, 8), (2, 8), (1, 8), (0, 8)]
    copies = [(SIDE - 1 - step, 8) for step in range(7)] + [(8, SIDE - 8 + step) for step in range(8)]
    for bit, first, second in zip(_format_bits(), places, copies, strict=True):
        symbol[first] = symbol[second] = bit
    symbol[SIDE - 8, 8] = 1  # the module that is always dark
    return symbol, reserved


def _format_bits() -> list[int]:
    """Return the fifteen format bits, most significant first: BCH(15,5), masked."""
    value = _LEVEL_H << 3 | _MASK
    remainder = value << 10
    for shift in range(4, -1, -1):
        if remainder >> (shift + 10) & 1:
            remainder ^= 0b10100110111 << shift
    word = (value << 10 | remainder) ^ 0b101010000010010
    return [(word >> shift) & 1 for shift in range(14, -1, -1)]


def _zigzag(reserved: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the data modules in placement order: column pairs from the right, up and down in turn."""
    places: list[tuple[int, int]] = []
    upward = True
    for right in (20, 18, 16, 14, 12, 10, 8, 5, 3, 1):  # column 6 is timing and is stepped over
        rows = range(SIDE - 1, -1, -1) if upward else range(SIDE)
        places += [(row, column) for row in rows for column in (right, right - 1) if not reserved[row, column]]
        upward = not upward
    return places


def _check_words(words: Sequence[int]) -> list[int]:
    """Return the Reed-Solomon check words over GF(256) with polynomial 0x11D."""
    generator = [1]
    root = 1
    for _step in range(_CHECK_CODEWORDS):
        grown = [*generator, 0]
        for at, factor in enumerate(generator):
            grown[at + 1] ^= _product(factor, root)
        generator, root = grown, _product(root, 2)
    remainder = list(words) + [0] * _CHECK_CODEWORDS
    for at in range(len(words)):
        lead = remainder[at]
        for step, factor in enumerate(generator):
            remainder[at + step] ^= _product(lead, factor)
    return remainder[len(words) :]


def _product(first: int, second: int) -> int:
    result = 0
    while second:
        if second & 1:
            result ^= first
        first <<= 1
        if first & 0x100:
            first ^= 0x11D
        second >>= 1
    return result
