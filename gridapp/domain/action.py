"""What audit entries say was done, and to which value, in words."""

from __future__ import annotations

from gridapp.domain.handout import KIND_TITLES, HandoutKind
from gridapp.i18n import N_, _

_ACTIONS = {
    "visit.record": N_("Logged visits"),
    "visit.void": N_("Took a visit back"),
    "visit.replace": N_("Corrected a visit"),
    "resident.add": N_("Added a resident"),
    "resident.edit": N_("Corrected a resident"),
    "resident.move": N_("Noted a move"),
    "resident.death": N_("Noted a death"),
    "enrolment.add": N_("Added a category to a person"),
    "enrolment.end": N_("Ended a category of a person"),
    "absence.add": N_("Noted an absence"),
    "absence.approve": N_("Approved an absence"),
    "tier.set": N_("Chose a tier"),
    "contact.add": N_("Added a contact"),
    "setting.change": N_("Changed a setting"),
    "category.counting": N_("Chose which categories count"),
    "facts.import": N_("Imported a facts file"),
    "ledger.import": N_("Imported a register"),
    "ledger.mend": N_("Put waiting rows right"),
    "ledger.drop": N_("Removed waiting rows"),
    "boundary.import": N_("Imported grid boundaries"),
    "demo.remove": N_("Removed the demonstration data"),
    "database.create": N_("Made the database"),
    "community.add": N_("Added a community"),
    "grid.add": N_("Added a grid"),
    "worker.add": N_("Added a worker"),
    "worker.assign": N_("Gave a worker a grid"),
    "undo": N_("Took something back"),
    "search.rebuild": N_("Made the search index again"),
    "audit.prune": N_("Let old audit entries go"),
    "database.compact": N_("Wrote the file anew, without gaps"),
    "backup.restore": N_("Put a backup in place"),
    "figures.rebuild": N_("Counted all figures again"),
    "sealed.add": N_("Sealed records of the deceased"),
    "sealed.open": N_("Opened a sealed record"),
    "sealed.remove": N_("Unsealed a record"),
    "retention.erase": N_("Deleted data for good"),
    "privacy.access": N_("Handed over what is held about a person"),
    "privacy.corrections": N_("Handed over what was corrected"),
    "consent.add": N_("Noted a consent"),
    "consent.withdraw": N_("Withdrew a consent"),
    "consent.print": N_("Printed a consent form"),
    "boundary.edit": N_("Changed grids on the map"),
    "boundary.assign": N_("Put residents into the grid they live in"),
    "boundary.choose": N_("Chose a grid by hand"),
    "boundary.release": N_("Let a choice of grid go"),
    "boundary.discard": N_("Dropped a draft of grids"),
    "facility.save": N_("Added or changed a facility"),
    "facility.import": N_("Imported facilities"),
    "facility.remove": N_("Removed a facility"),
    "demo.create": N_("Made the demonstration data"),
    "paper.print": N_("Made a paper"),
    "sheet.return": N_("Took in a returned row"),
    "sheet.void": N_("Declared a sheet void"),
    "template.copy": N_("Copied a paper template"),
    "template.save": N_("Changed a paper template"),
    "template.remove": N_("Removed a paper template"),
    "month.close": N_("Closed a month"),
    "month.countersign": N_("Countersigned a month"),
    "reveal.person": N_("Looked at a whole record"),
    "account.add": N_("Added an account"),
    "account.children": N_("Chose who sees children"),
    "account.remove": N_("Shut an account out"),
    "account.recovery": N_("Made a recovery key"),
    "account.rekey": N_("Gave the file a new key"),
    "password.change": N_("Changed a password"),
}


def action_title(action: str) -> str:
    """Return an audit entry's action in words; one without words is shown as it is."""
    group, _dot, kind = action.partition(".")
    if group == "handout" and kind in list(HandoutKind):
        return _("Handed out: {what}").format(what=_(KIND_TITLES[HandoutKind(kind)]))
    return _(_ACTIONS[action]) if action in _ACTIONS else action


_FIELDS = {
    "name": N_("Name"),
    "sex": N_("Sex"),
    "birth": N_("Birth date"),
    "id_number": N_("ID number"),
    "phone": N_("Phone"),
    "ethnicity": N_("Ethnic group"),
    "register_address": N_("Register address"),
    "register_status": N_("Register status"),
    "note": N_("Note"),
    "died": N_("Day of death"),
}
_PARTS = {
    "end": N_("Last day"), "approved": N_("Approval"), "void_reason": N_("Taken back"), "voided_at": N_("Taken back"),
    "start": N_("From"),
    "address": N_("Address"),
    "grid_id": N_("Grid"),
    "household_id": N_("Household"),
    "category_id": N_("Category"),
    "grade": N_("Grade"),
    "reason": N_("Reason"),
    "name": N_("Name"),
    "relation": N_("Relation"),
    "phone": N_("Phone"),
    "given": N_("Answer"),
    "means": N_("How"),
    "paper": N_("Paper no."),
    "wish": N_("Note"),
    "scope": N_("About"),
    "tier": N_("Tier"),
    "outcome": N_("Result"),
    "mode": N_("Way"),
    "visited_on": N_("Day"),
    "note": N_("Note"),
    "needs": N_("Needs"),
    "referral": N_("Referral"),
    "worker_id": N_("Visited by"),
    "time": N_("Time"),
}
_OF = {
    "residency": N_("Homes"), "enrolment": N_("Categories"), "absence": N_("Absences"), "visit": N_("Visits"),
    "contact": N_("Contacts"), "consent": N_("Consents"), "tier_override": N_("Visiting tiers"),
}  # fmt: skip


def stored_title(name: str) -> str:
    """Return what a stored value of a person is called, e.g. "phone" or "visit.note"; one without words as it is."""
    if name in _FIELDS:
        return _(_FIELDS[name])
    table, _dot, part = name.rpartition(".")
    title = _(_PARTS[part]) if part in _PARTS else part
    return f"{_(_OF[table])}：{title}" if table in _OF else title
