"""What an entry of the audit log says, in words."""

from collections.abc import Mapping
from typing import Any

ACTS = {
    "access.group": "Changed a group",
    "access.group_deleted": "Deleted a group",
    "access.terminal": "Changed who goes to a terminal",
    "access.zone": "Changed who goes to a zone",
    "access.zone_deleted": "Deleted a zone",
    "audit.folder": "Chose where checkpoints of the log go",
    "audit.exported": "Exported the audit log",
    "backup.deleted": "Deleted old backups",
    "backup.drilled": "Tried out a restore",
    "backup.failed": "A backup failed",
    "backup.made": "Made a backup",
    "backup.places": "Changed where backups are kept",
    "backup.restored": "Restored the site from a backup",
    "backup.verified": "Verified a backup",
    "clock.set_back": "The clock was set back: every session and temporary password ended",
    "consent.asked_again": "Asked again for consent",
    "consent.declined": "Consent declined",
    "consent.given": "Consent given",
    "consent.rules_saved": "Changed the rules of consent",
    "consent.stated": "Stated on what basis fingers are used",
    "consent.told": "Told the person that the text of the consent has changed",
    "consent.withdrawn": "Consent withdrawn",
    "department.added": "Added a department",
    "department.changed": "Renamed, moved or merged a department",
    "department.deleted": "Deleted a department",
    "employee.badge_removed": "Took the badge",
    "employee.badge_set": "Gave a badge",
    "employee.erased": "Erased a person",
    "employee.merged": "Merged another row into this one",
    "employee.opted_in": "Taken off the opt-out list",
    "employee.opted_out": "Put on the opt-out list",
    "employee.saved": "Changed the employee",
    "employee.seen_again": "A terminal still showed somebody who was erased",
    "employees.exported": "Exported employees",
    "employees.import_undone": "Undid an import of employees",
    "employees.imported": "Imported employees",
    "erasure.agreed": "Agreed to an erasure",
    "erasure.asked": "Asked for an erasure",
    "erasure.done": "An erasure is complete",
    "erasure.dropped": "Took back an erasure",
    "erasure.lines": "Deleted set-aside lines of people who were erased",
    "erasure.receipt": "Took the receipt of an erasure",
    "finger.copies_deleted": "Deleted fingers that came from terminals",
    "finger.deleted": "Deleted a finger",
    "finger.enrolled": "Enrolled a finger",
    "finger.imported": "Imported a finger from a record",
    "fingers.exported": "Exported the fingers",
    "guard.duplicate": "Looks like somebody else",
    "guard.non_match": "Does not look like the photo on file",
    "guard.overruled": "Approved in spite of a warning",
    "hold.ended": "Ended a legal hold",
    "hold.placed": "Placed a legal hold",
    "id_photo.added": "Added an ID photo",
    "id_photo.removed": "Removed the ID photo",
    "invitation.code_made": "Made a code for the desk",
    "invitation.extended": "Extended a link",
    "invitation.link_copied": "Copied the link of an invitation",
    "invitation.link_printed": "Printed the link of an invitation",
    "invitation.reminded": "Sent a reminder",
    "invitation.revoked": "Revoked an invitation",
    "invitations.sent": "Sent invitations",
    "kiosk.added": "Added a kiosk",
    "kiosk.changed": "Changed a kiosk",
    "kiosk.code": "Took a pairing code for a kiosk",
    "kiosk.declared_gone": "Declared a kiosk gone",
    "kiosk.group_changed": "Changed the settings of a group of kiosks",
    "kiosk.paired": "A kiosk was paired",
    "kiosk.removed": "Removed a kiosk",
    "link.check_missed": "Wrong answer to the second check",
    "link.code_used": "Opened the link with a code for the desk",
    "links.rules_saved": "Changed the rules of enrolment by link",
    "logins.exported": "Exported the login log",
    "logins.list_ended": "Got the whole list of logins",
    "logins.list_exported": "Began to export a list of logins",
    "logins.sealed": "Sealed the login log",
    "model.changed": "Chose another face recogniser",
    "operator.code_missed": "Wrong code of the second factor",
    "operator.password_changed": "Changed their own password",
    "operator.password_reset": "Gave an operator a temporary password",
    "operator.recovery_code_used": "Signed in with a recovery code",
    "operator.recovered": "Gave an administrator a new password with the recovery key",
    "operator.saved": "Changed an operator",
    "operator.second_factor_reset": "Took the second factor of an operator away",
    "operator.second_factor_set_up": "Set up a second factor",
    "operator.session_ended": "Ended a session",
    "operator.sign_in_missed": "Wrong password",
    "operator.signed_in": "Signed in",
    "operator.signed_out": "Signed out",
    "operators.second_factor_rule": "Changed who needs a second factor",
    "person.exported": "Handed out everything kept of a person",
    "photo.removed": "Took a photo back before handing in",
    "photo.viewed": "Viewed a photo",
    "profile.deleted": "Deleted a screening profile",
    "profile.saved": "Changed a screening profile",
    "readers.saved": "Changed the fingerprint readers",
    "recovery_key.made": "Made the recovery key",
    "recovery_key.replaced": "Replaced the recovery key",
    "recovery_key.used": "Put the site’s key back with the recovery key",
    "retention.lines": "Deleted set-aside lines by their age",
    "retention.pass": "Deleted data by its age",
    "retention.saved": "Changed how long data is kept",
    "review.approved": "Approved the photos",
    "review.rejected": "Rejected the photos",
    "review.undone": "Took back a decision about photos",
    "screening.all_failed": "All photos failed screening",
    "screening.some_passed": "Photos passed screening",
    "screening.tries_spent": "All photos failed for the last time",
    "settings.saved": "Changed the settings",
    "site_key.agreed": "Agreed to a change of the site’s key",
    "site_key.asked": "Asked for a change of the site’s key",
    "site_key.dropped": "Took back a change of the site’s key",
    "site_key.rotated": "Changed the site’s key",
    "site.set_up": "Set up the site",
    "submission.received": "Handed in photos",
    "templates.renewed": "Renewed all templates",
    "support.report_read": "Read the report for support",
    "terminal.address_changed": "Changed the address of a terminal",
    "terminal.alignment": "Brought a terminal up to date",
    "terminal.approved": "Approved a terminal",
    "terminal.blocked": "Blocked a terminal",
    "terminal.brought_back": "Brought a terminal back",
    "terminal.caller_accepted": "Accepted another address of a terminal",
    "terminal.caller_refused": "Refused a caller in a terminal's name",
    "terminal.came_back": "A removed terminal called again",
    "terminal.changed": "Changed a terminal",
    "terminal.declared_gone": "Declared a terminal gone",
    "terminal.dialect_changed": "A terminal speaks another dialect",
    "terminal.dialled": "Added a terminal that is dialled",
    "terminal.dismissed": "Dismissed a terminal",
    "terminal.empty_asked": "Asked to empty a terminal",
    "terminal.moved": "A terminal changed its address",
    "terminal.number_given": "Gave somebody a number of their own on a terminal",
    "terminal.plan": "Carried out a plan on a terminal",
    "terminal.prepared": "Prepared a terminal for approval",
    "terminal.questioned": "A terminal is not as it was approved",
    "terminal.removed": "Removed a terminal",
    "terminal.retire_asked": "Asked to retire a terminal",
    "update.address": "Changed where updates come from",
    "update.downloaded": "Downloaded an update",
    "update.failed": "An update was not installed",
    "update.file_taken": "Took an update from a file",
    "update.found": "Found an update",
    "update.installed": "An update was installed",
    "update.ordered": "Handed an update to the set-up",
    "update.planned": "Planned an update for when nobody uses Muster",
    "update.postponed": "Took back a planned update",
}
_MODALITIES = {"face": "face", "finger": "fingers", "finger_stated": "fingers"}
_FIELDS = {
    "number": "number",
    "first_name": "first name",
    "last_name": "last name",
    "email": "email address",
    "department": "department",
    "active": "active",
    "may_log_in": "may log in at terminals",
    "valid_from": "valid from",
    "valid_until": "valid until",
}
"""The fields of an employee, as a change names them."""
_SAID = frozenset({"modality", "fields", "added"})
"""Details that the words of the act say already."""
_ID_CHARS = 32


def act_in_words(action: str, detail: Mapping[str, Any]) -> str:
    """What was done. Acts without words of their own show their name."""
    words = ACTS.get(action, action.replace(".", ": ").replace("_", " "))
    if action == "employee.saved":
        if detail.get("added"):
            return "Added the employee"
        fields = [_FIELDS[name] for name in detail.get("fields", ()) if name in _FIELDS]
        return f"{words}: {', '.join(fields)}" if fields else words
    modality = _MODALITIES.get(str(detail.get("modality", "")), "")
    return f"{words}: {modality}" if modality else words


def detail_in_words(detail: Mapping[str, Any]) -> str:
    """What else an entry says, without the numbers by which the database knows its rows."""
    parts = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in _told(detail)]
    return " · ".join(parts)


def _told(detail: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, value in detail.items()
        if name not in _SAID and value not in (None, "", [], {}) and not _is_id(value)
    ]


def _is_id(value: object) -> bool:
    return (
        isinstance(value, str) and len(value) == _ID_CHARS and set(value) <= set("0123456789abcdef")
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(
            f"{str(name).replace('_', ' ')} {_value(one)}" for name, one in value.items()
        )
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
