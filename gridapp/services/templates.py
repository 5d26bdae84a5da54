"""A committee's own paper templates: copied from another, changed, removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import held
from gridapp.db.records import PaperTemplateRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.errors import ConflictError, NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.reports.fields import in_stored_words

if TYPE_CHECKING:
    from gridapp.reports.paper_template import PaperTemplate


def list_templates(session: Session) -> list[PaperTemplate]:
    """Return all templates: the built-in ones in their order, then the committee's own by name."""
    from gridapp.reports import paper_template as templates

    own = [templates.parse(row.definition) for row in session.scalars(select(PaperTemplateRecord))]
    return [templates.built_in(key) for key in templates.BUILT_IN] + sorted(own, key=lambda item: (item.name, item.key))


def find_template(session: Session, key: str) -> PaperTemplate:
    """Return a template by its key.

    Raises:
        NotFoundError: There is none.
    """
    from gridapp.reports import paper_template as templates

    if key in templates.BUILT_IN:
        return templates.built_in(key)
    record = session.scalar(select(PaperTemplateRecord).where(PaperTemplateRecord.key == key))
    if record is None:
        raise NotFoundError(_("There is no template “{key}”.").format(key=key))
    return templates.parse(record.definition)


def own_copy(template: PaperTemplate, key: str, name: str) -> dict[str, Any]:
    """Return the definition of a copy to be changed, its words in the user's language."""
    definition = _translated(json.loads(json.dumps(template.definition)))
    assert isinstance(definition, dict)
    return definition | {"key": key, "name": name}


_WORDS = frozenset({
    "name", "hint", "title", "heading", "empty", "label", "note", "lines", "watermark", "facts", "sign_off",
})  # fmt: skip
"""Keys whose texts people read."""


def _translated(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _translated(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_translated(part, key) for part in value]
    if isinstance(value, str) and value and (key in _WORDS or key.startswith("text_")) and key != "text_pt":
        return _(value)
    return value


def names_of(found: Sequence[PaperTemplate]) -> dict[str, str]:
    """Return the names of templates as people see them, by key."""
    return {template.key: _(template.name) for template in found}


def check_name(name: str, key: str, taken: Mapping[str, str]) -> None:
    """Refuse a name that another template bears.

    Raises:
        ValidationError: It does.
    """
    if any(other.strip() == name.strip() for holder, other in taken.items() if holder != key):
        raise ValidationError(_("There is a template “{name}” already. Choose another name.").format(name=name), "name")


def free_name(name: str, taken: Mapping[str, str]) -> str:
    """Return a name for a copy that no template bears yet."""
    for number in range(1, 10_000):
        found = _("{name} copy {number}").format(name=name, number=number)
        if found not in taken.values():
            return found
    return name


@repeated_on_clash
def copy_template(database: Database, source: str, name: str, actor: str) -> Changes:
    """Copy a template under a new name, to be changed.

    Args:
        database: Where.
        source: Key of the template to copy.
        name: Name of the copy; "" chooses one that is free.
        actor: Who copies.

    Returns:
        Changes whose result is the key of the copy.

    Raises:
        NotFoundError: There is no such template.
        ValidationError: Another template bears the name.
    """
    with database.write("template.copy", actor) as unit:
        template = find_template(unit.session, source)
        key = f"own-{unit.new_key().hex[-12:]}"
        wanted = name.strip() or free_name(_(template.name), names_of(list_templates(unit.session)))
        return _store(unit.session, unit, own_copy(template, key, wanted))


@repeated_on_clash
def save_template(
    database: Database, definition: dict[str, Any], actor: str, seen: Values | None = None
) -> Changes:
    """Store a committee's own template, new or changed.

    Args:
        database: Where.
        definition: The template.
        actor: Who says so.
        seen: The definition that was changed into this one; None asks nothing.

    Returns:
        Changes whose result is its key.

    Raises:
        ConflictError: Somebody else changed it meanwhile; it carries their definition.
        ValidationError: Something in it cannot be, or the key is that of a built-in one.
    """
    with database.write("template.save", actor) as unit:
        return _store(unit.session, unit, definition, seen)


def _store(session: Session, unit: Any, definition: dict[str, Any], seen: Values | None = None) -> Changes:
    from gridapp.reports import paper_template as templates

    template = templates.parse(definition)
    templates.check_widths(template)
    if template.key in templates.BUILT_IN:
        raise ValidationError(_("The built-in templates stay as they are. Copy one and change the copy."), "key")
    check_name(template.name, template.key, names_of(list_templates(session)))
    record = session.scalar(held(select(PaperTemplateRecord).where(PaperTemplateRecord.key == template.key)))
    if record is None and seen is not None:
        raise ConflictError(_("Somebody else removed this template meanwhile. Copy another one to go on."))
    if record is None:
        session.add(PaperTemplateRecord(key=template.key, definition=template.definition))
    else:
        now = _as_stored(record)
        refuse_if_changed(_all_of(seen, now), now)
        record.definition = template.definition
    unit.detail = {"template": template.key}
    message = _("Stored the template “{name}”.").format(name=template.name)
    changes: Changes = unit.changes({Kind.PAPER}, message, template.key)
    return changes


def _as_stored(record: PaperTemplateRecord) -> Theirs:
    now = dict(record.definition)
    return Theirs(now, record.changed_by or record.created_by, record.changed_at or record.created_at, now)


def _all_of(seen: Values | None, now: Theirs) -> Values | None:
    """Return a definition that was seen with every part there is now, so that added parts are noticed."""
    return None if seen is None else {**dict.fromkeys(now.values), **in_stored_words(seen)}


@repeated_on_clash
def remove_template(database: Database, key: str, actor: str, seen: Values | None = None) -> Changes:
    """Remove a committee's own template; papers printed from it stay known.

    Args:
        database: Where.
        key: Of the template.
        actor: Who says so.
        seen: Its definition as the user saw it; None asks nothing.

    Raises:
        ConflictError: Somebody else changed it meanwhile.
        NotFoundError: There is none of that key.
        ValidationError: It is built in.
    """
    from gridapp.reports import paper_template as templates

    if key in templates.BUILT_IN:
        raise ValidationError(_("The built-in templates stay as they are. Copy one and change the copy."), "key")
    with database.write("template.remove", actor) as unit:
        record = unit.session.scalar(select(PaperTemplateRecord).where(PaperTemplateRecord.key == key))
        if record is None:
            raise NotFoundError(_("There is no template “{key}”.").format(key=key))
        name = str(record.definition.get("name", key))
        said = _("It was not removed: {who} changed “{name}” meanwhile. Look at it again.")
        now = _as_stored(record)
        refuse_if_changed(_all_of(seen, now), now, said.format(who=now.by, name=name))
        unit.session.delete(record)
        unit.detail = {"template": key}
        return unit.changes({Kind.PAPER}, _("Removed the template “{name}”.").format(name=name))
