"""Keep the catalogues in ``resources/locale`` in step with the source texts.

    python tools/catalogue.py extract            list the source texts (to standard output, as a .pot)
    python tools/catalogue.py update [PO …]      merge the source texts into every .po; take translations
                                                 into Chinese from fragments, which need no header
    python tools/catalogue.py compile            write every .mo from its .po
    python tools/catalogue.py check              list what is missing; exit code 1 if anything is

Several commands may follow one another; fragments belong to ``update``. The
files carry no dates and no line numbers, so that the same texts give the same
bytes. A text that left the source leaves the catalogue.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "resources" / "locale"
SOURCES = ("gridapp", "ui")
KEYWORDS = {"_": None, "C_": ((1, "c"), 2), "N_": None}
TRANSLATED, SOURCE_LANGUAGE = "zh_CN", "en"
TEMPLATE_WORDS = {"name", "hint", "title", "heading", "empty", "label", "note", "lines", "watermark",
                  "facts", "sign_off"}
LANGUAGES = (TRANSLATED, SOURCE_LANGUAGE)
PLURAL_FORMS = {"zh_CN": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
HEADER = '''msgid ""
msgstr ""
"Project-Id-Version: GridApp\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"
'''
# A .mo must not change with the day it is made on.
NO_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def main(arguments: list[str]) -> int:
    """Carry out the commands in their order; return the exit code."""
    commands = [word for word in arguments if word in {"extract", "update", "compile", "check"}]
    fragments = [Path(word) for word in arguments if word not in commands]
    if not commands or (fragments and "update" not in commands):
        print(__doc__, file=sys.stderr)
        return 2
    code = 0
    for command in commands:
        if command == "extract":
            print(po_text(source_texts(), ""), end="")
        elif command == "update":
            for line in update(fragments):
                print(line)
        elif command == "compile":
            for language in LANGUAGES:
                mo_path(language).write_bytes(mo_bytes(load(po_path(language))))
        else:
            problems = missing(source_texts(), load(po_path(TRANSLATED)))
            print("\n".join(problems) or "Every text is translated.")
            code = 1 if problems else 0
    return code


def po_path(language: str) -> Path:
    """Return the place of a language's catalogue as text."""
    return LOCALE / language / "LC_MESSAGES" / "gridapp.po"


def mo_path(language: str) -> Path:
    """Return the place of a language's catalogue as gettext reads it."""
    return po_path(language).with_suffix(".mo")


def load(path: Path) -> Catalog:
    """Read a catalogue or a fragment; a missing file is an empty one."""
    if not path.is_file():
        return Catalog()
    return read_po(io.BytesIO(path.read_bytes()), abort_invalid=True, charset="utf-8")


def source_texts() -> Catalog:
    """Return every text of ``gridapp`` and ``ui`` that a person reads, with the files it stands in."""
    found = Catalog(fuzzy=False)
    for top in SOURCES:
        extracted = extract_from_dir(ROOT / top, [("**.py", "python")], keywords=KEYWORDS,
                                     comment_tags=("TRANSLATORS:",), strip_comment_tags=True)
        for name, line, text, comments, context in sorted(extracted, key=lambda item: (item[0], item[1])):
            if text:
                found.add(text, None, [(f"{top}/{Path(name).as_posix()}", line)], auto_comments=comments,
                          context=context)
    for path in sorted((ROOT / "resources" / "papers").glob("*.json")):
        for text in template_texts(json.loads(path.read_text("utf-8"))):
            found.add(text, None, [(path.relative_to(ROOT).as_posix(), 1)])
    return found


def template_texts(value: object, key: str = "") -> Iterator[str]:
    """Yield the texts of a paper template that people read; those of placeholders alone say nothing."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from template_texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from template_texts(part, key)
    elif isinstance(value, str) and (key in TEMPLATE_WORDS or key.startswith("text_")):
        if any(character.isalpha() for character in re.sub(r"\{[^}]*\}", "", value)):
            yield value


def update(fragments: Iterable[Path]) -> list[str]:
    """Write the .po of each language anew from the source texts and known translations.

    Args:
        fragments: Files with translations into Chinese. The catalogue's own comes first.

    Returns:
        What the user should look at: texts without translation, texts translated twice, and unknown texts.
    """
    sources, report = source_texts(), []
    for language in LANGUAGES:
        known = load(po_path(language))
        if language == TRANSLATED:
            report += merge_fragments(known, sources, fragments)
        for message in texts(sources):
            found = known.get(message.id, message.context)
            message.string = found.string if found is not None and not found.fuzzy else ""
        po_path(language).parent.mkdir(parents=True, exist_ok=True)
        po_path(language).write_text(po_text(sources, language), encoding="utf-8", newline="\n")
        if language == TRANSLATED:
            report += missing(sources, load(po_path(language)))
    return report


def merge_fragments(known: Catalog, sources: Catalog, fragments: Iterable[Path]) -> list[str]:
    """Add translations of fragments to a catalogue; return what was translated twice or is no source text."""
    report = []
    for path in fragments:
        if not path.is_file():
            raise SystemExit(f"There is no file {path}.")
        for message in texts(load(path)):
            if sources.get(message.id, message.context) is None:
                report.append(f"{path.name}: no source text {shown(message)}")
                continue
            before = known.get(message.id, message.context)
            if before is None or not before.string:
                known.add(message.id, message.string, context=message.context)
            elif message.string and before.string != message.string:
                report.append(f"{path.name}: {shown(message)} is {before.string!r} already, not {message.string!r}")
    return report


def texts(catalogue: Catalog) -> list[Message]:
    """Return the messages of a catalogue without its header."""
    return [message for message in catalogue if message.id]


def missing(sources: Catalog, translated: Catalog) -> list[str]:
    """Return a line for every source text that has no fitting translation."""
    problems = []
    for message in texts(sources):
        found = translated.get(message.id, message.context)
        if found is None or not found.string:
            problems.append(f"not translated: {shown(message)}")
        elif found.fuzzy:
            problems.append(f"fuzzy: {shown(message)}")
        elif placeholders(message.id) != placeholders(found.string):
            problems.append(f"other placeholders: {shown(message)}: {found.string!r}")
    return problems


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a text, without their formats; none if its braces are not for filling in."""
    try:
        return {name for _text, name, _format, _conversion in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def shown(message: Message) -> str:
    """Return a message as the report names it: with its first file and its context."""
    place = f"{message.locations[0][0]}: " if message.locations else ""
    return f"{place}{message.context + ': ' if message.context else ''}{message.id!r}"


def po_text(catalogue: Catalog, language: str) -> str:
    """Return a catalogue as .po text in the order of the files, with a header that carries no date."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, omit_header=True, sort_by_file=True, include_lineno=False)
    header = HEADER.format(language=language, plural_forms=PLURAL_FORMS.get(language, PLURAL_FORMS[SOURCE_LANGUAGE]))
    return f"{header}\n{buffer.getvalue().decode('utf-8')}".rstrip("\n") + "\n"


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue in gettext's binary form; untranslated texts are left out."""
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
