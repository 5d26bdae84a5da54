"""Read a workbook saved as a "single file web page" (.mht), whatever its name says.

Source: RFC 2557 (MHTML); Excel names its sheets in the frame page's ``<x:Name>``.
"""

from __future__ import annotations

import email
import html
import re
from dataclasses import replace
from email.errors import MessageError
from email.message import Message

from gridapp.errors import LedgerFormatError
from gridapp.ledgers.plaintext import decode_text
from gridapp.ledgers.sheets import Sheet, damaged
from gridapp.ledgers.webtable import read_web_tables
from gridapp.progress import Progress

_HEAD = re.compile(rb"\A\s*(?:(?:From|Subject|Date|MIME-Version|(?:X|Snapshot|Content)-[\w-]+):[^\n]*\n\s*)+", re.I)
_RELATED = re.compile(rb"content-type:\s*(?:multipart/|text/html)", re.I)
_SHEET_NAME = re.compile(r"<x:Name>(.*?)</x:Name>", re.DOTALL)
_TABLE = re.compile(r"<table\b", re.I)


def is_web_archive(content: bytes) -> bool:
    """Tell whether bytes begin a message in several parts, or one page with a message's head."""
    head = content[:4096]
    return _HEAD.match(head) is not None and _RELATED.search(head) is not None


def read_web_archive(content: bytes, name: str, progress: Progress) -> tuple[Sheet, ...]:
    """Return the tables of all pages of the archive as sheets.

    Raises:
        LedgerFormatError: It is damaged, or no page of it holds a table.
        OperationCancelled: The user asked to stop.
    """
    try:
        pages = [_page(part, name) for part in email.message_from_bytes(content).walk() if _is_page(part)]
    except (MessageError, LookupError, ValueError, RecursionError) as fault:
        raise damaged(name) from fault
    titles = [html.unescape(found).strip() for page in pages for found in _SHEET_NAME.findall(page)]
    sheets = [sheet for page in pages if _TABLE.search(page) for sheet in read_web_tables(page, name, progress)]
    if not sheets:
        raise damaged(name)
    if len(titles) == len(sheets):
        sheets = [replace(sheet, name=title or sheet.name) for sheet, title in zip(sheets, titles, strict=True)]
    elif len(sheets) > 1:
        sheets = [replace(sheet, name=f"{name} {number}") for number, sheet in enumerate(sheets, 1)]
    return tuple(sheets)


def _is_page(part: Message) -> bool:
    return part.get_content_type() == "text/html"


def _page(part: Message, name: str) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return decode_text(content, name) if content.strip() else ""
    except LedgerFormatError:
        return content.decode("gb18030", "replace")
