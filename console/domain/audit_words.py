"""What an entry of the audit log says, in words."""

from collections.abc import Mapping
from typing import Any

from console.domain.language import labelled, tr

ACTS = {
    "access.group": "Changed a group",
    "access.group_deleted": "Deleted a group",
    "access.terminal": "Changed who belongs on a terminal",
    "access.zone": "Changed who belongs in a zone",
    "access.zone_deleted": "Deleted a zone",
    "audit.folder": "Chose the folder for checkpoints of the log",
    "audit.exported": "Exported the audit log",
    "backup.deleted": "Deleted old backups",
    "backup.drilled": "Tested a restore",
    "backup.failed": "A backup failed",
    "backup.made": "Made a backup",
    "backup.places": "Changed where backups are kept",
    "backup.restored": "Restored the site from a backup",
    "backup.verified": "Verified a backup",
    "clock.set_back": "The clock was set back. All sessions and temporary passwords ended",
    "consent.asked_again": "Asked again for consent",
    "consent.declined": "Consent declined",
    "consent.given": "Consent given",
    "consent.rules_saved": "Changed the consent settings",
    "consent.stated": "Stated the basis for using fingers",
    "consent.told": "Told the person that the consent text has changed",
    "consent.withdrawn": "Consent withdrawn",
    "department.added": "Added a department",
    "department.changed": "Renamed, moved or merged a department",
    "department.deleted": "Deleted a department",
    "employee.badge_removed": "Removed the badge",
    "employee.badge_set": "Assigned a badge",
    "employee.erased": "Erased a person",
    "employee.merged": "Merged another row into this one",
    "employee.opted_in": "Removed from the opt-out list",
    "employee.opted_out": "Added to the opt-out list",
    "employee.saved": "Changed the employee",
    "employee.seen_again": "A terminal still had a person who was erased",
    "employees.exported": "Exported employees",
    "employees.import_undone": "Undid an import of employees",
    "employees.imported": "Imported employees",
    "erasure.agreed": "Agreed to an erasure",
    "erasure.asked": "Requested an erasure",
    "erasure.done": "An erasure is complete",
    "erasure.dropped": "Cancelled an erasure",
    "erasure.lines": "Deleted unreadable lines of people who were erased",
    "erasure.receipt": "Downloaded the receipt of an erasure",
    "finger.copies_deleted": "Deleted fingers that came from terminals",
    "finger.deleted": "Deleted a finger",
    "finger.enrolled": "Enrolled a finger",
    "finger.imported": "Imported a finger from a record",
    "fingers.exported": "Exported the fingers",
    "guard.duplicate": "Looks like somebody else",
    "guard.non_match": "Does not look like the photo on file",
    "guard.overruled": "Approved despite a warning",
    "hold.ended": "Ended a legal hold",
    "hold.placed": "Placed a legal hold",
    "id_photo.added": "Added an ID photo",
    "id_photo.removed": "Removed the ID photo",
    "invitation.code_made": "Created a code for the desk",
    "invitation.extended": "Extended a link",
    "invitation.link_copied": "Copied the link of an invitation",
    "invitation.link_printed": "Printed the link of an invitation",
    "invitation.reminded": "Sent a reminder",
    "invitation.revoked": "Revoked an invitation",
    "invitations.sent": "Sent invitations",
    "kiosk.added": "Added a kiosk",
    "kiosk.changed": "Changed a kiosk",
    "kiosk.code": "Created a pairing code for a kiosk",
    "kiosk.declared_gone": "Declared a kiosk lost",
    "kiosk.group_changed": "Changed the settings of a group of kiosks",
    "kiosk.paired": "A kiosk was paired",
    "kiosk.removed": "Removed a kiosk",
    "link.check_missed": "Wrong answer to the second check",
    "link.code_used": "Opened the link with a code for the desk",
    "links.rules_saved": "Changed the rules of enrolment by link",
    "logins.exported": "Exported the login log",
    "logins.list_ended": "Finished exporting a list of logins",
    "logins.list_exported": "Started exporting a list of logins",
    "logins.sealed": "Sealed the login log",
    "model.changed": "Chose another face recogniser",
    "operator.code_missed": "Wrong second factor code",
    "operator.password_changed": "Changed their own password",
    "operator.password_reset": "Gave an operator a temporary password",
    "operator.recovery_code_used": "Signed in with a recovery code",
    "operator.recovered": "Gave an administrator a new password with the recovery key",
    "operator.saved": "Changed an operator",
    "operator.second_factor_reset": "Removed the second factor of an operator",
    "operator.second_factor_set_up": "Set up a second factor",
    "operator.session_ended": "Ended a session",
    "operator.sign_in_missed": "Wrong password",
    "operator.signed_in": "Signed in",
    "operator.signed_out": "Signed out",
    "operators.second_factor_rule": "Changed who needs a second factor",
    "person.exported": "Exported everything kept about a person",
    "photo.removed": "Removed a photo before submitting",
    "photo.viewed": "Viewed a photo",
    "profile.deleted": "Deleted a screening profile",
    "profile.saved": "Changed a screening profile",
    "readers.saved": "Changed the fingerprint readers",
    "recovery_key.made": "Made the recovery key",
    "recovery_key.replaced": "Replaced the recovery key",
    "recovery_key.used": "Restored the site key with the recovery key",
    "retention.lines": "Deleted old unreadable lines",
    "retention.pass": "Deleted old data",
    "retention.saved": "Changed how long data is kept",
    "review.approved": "Approved the photos",
    "review.rejected": "Rejected the photos",
    "review.undone": "Took back a decision about photos",
    "screening.all_failed": "All photos failed screening",
    "screening.some_passed": "Photos passed screening",
    "screening.tries_spent": "All photos failed at the last attempt",
    "settings.saved": "Changed the settings",
    "site_key.agreed": "Agreed to a change of the site key",
    "site_key.asked": "Requested a change of the site key",
    "site_key.dropped": "Cancelled a change of the site key",
    "site_key.rotated": "Changed the site key",
    "site.set_up": "Set up the site",
    "submission.received": "Submitted photos",
    "templates.renewed": "Renewed all templates",
    "support.report_read": "Read the report for support",
    "terminal.address_changed": "Changed the address of a terminal",
    "terminal.alignment": "Synchronised a terminal",
    "terminal.approved": "Approved a terminal",
    "terminal.blocked": "Blocked a terminal",
    "terminal.brought_back": "Restored a terminal",
    "terminal.caller_accepted": "Accepted a new address of a terminal",
    "terminal.caller_refused": "Refused a caller that used a terminal’s name",
    "terminal.came_back": "A removed terminal connected again",
    "terminal.changed": "Changed a terminal",
    "terminal.declared_gone": "Declared a terminal lost",
    "terminal.dialect_changed": "A terminal uses another protocol",
    "terminal.dialled": "Added a terminal by its address",
    "terminal.dismissed": "Dismissed a terminal",
    "terminal.empty_asked": "Requested to empty a terminal",
    "terminal.moved": "A terminal changed its address",
    "terminal.number_given": "Gave a person a separate number on a terminal",
    "terminal.plan": "Applied a plan to a terminal",
    "terminal.prepared": "Prepared a terminal for approval",
    "terminal.questioned": "A terminal differs from what was approved",
    "terminal.removed": "Removed a terminal",
    "terminal.retire_asked": "Requested to retire a terminal",
    "update.address": "Changed the address for updates",
    "update.downloaded": "Downloaded an update",
    "update.failed": "An update was not installed",
    "update.file_taken": "Loaded an update from a file",
    "update.found": "Found an update",
    "update.installed": "An update was installed",
    "update.ordered": "Started installing an update",
    "update.planned": "Planned an update for when nobody is using Muster",
    "update.postponed": "Cancelled a planned update",
}
MODALITIES = {"face": "face", "finger": "fingers", "finger_stated": "fingers"}
FIELDS = {
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
DETAILS = {
    "active": "active",
    "address": "address",
    "after": "after",
    "again": "again",
    "aliases": "readers",
    "answer_days": "days to answer",
    "approve": "approve",
    "basis": "basis",
    "before": "before",
    "by_link": "by link",
    "bytes": "bytes",
    "can_enrol": "can enrol others",
    "channel": "channel",
    "count": "count",
    "counts": "counts",
    "days": "days",
    "duplicates": "duplicates",
    "employee": "employee",
    "erased": "erased",
    "erasure": "erasure",
    "files": "files",
    "fingers": "fingers",
    "fmr": "false match rate",
    "for_all": "for all",
    "gone": "merged row",
    "good": "good",
    "group": "group",
    "key": "key",
    "kind": "kind",
    "last": "last",
    "left": "left",
    "made": "made",
    "mark": "mark",
    "merged": "merged",
    "minutes": "minutes",
    "model": "recogniser",
    "non_match": "not like the photo on file",
    "number": "number",
    "other": "other",
    "outcome": "result",
    "path": "path",
    "people": "people",
    "photos": "photos",
    "places": "places",
    "position": "position",
    "problems": "problems",
    "reason": "reason",
    "removals": "removals",
    "removed": "removed",
    "repaired": "repaired",
    "replaces": "replaces",
    "restored": "restored",
    "role": "role",
    "rows": "rows",
    "rules": "rules",
    "second": "second administrator",
    "second_factor": "second factor",
    "sent": "sent",
    "signed_in": "signed in",
    "skipped": "left out",
    "standard": "standard",
    "templates": "templates",
    "terminal": "terminal",
    "tries": "attempts",
    "vectors": "vectors",
    "version": "version",
    "views": "prints",
    "where": "where",
    "whole": "complete",
    "withdrawn": "withdrawn",
    "written": "written",
}
"""What an entry says besides, by the names under which it is kept."""
_SAID = frozenset({"modality", "fields", "added"})
"""Details that the words of the act say already."""
_ID_CHARS = 32


def act_in_words(action: str, detail: Mapping[str, Any]) -> str:
    """What was done. Acts without words of their own show their name."""
    words = tr(ACTS.get(action, action.replace(".", ": ").replace("_", " ")))
    if action == "employee.saved":
        if detail.get("added"):
            return tr("Added the employee")
        fields = [tr(FIELDS[name]) for name in detail.get("fields", ()) if name in FIELDS]
        return labelled(words, ", ".join(fields)) if fields else words
    modality = tr(MODALITIES.get(str(detail.get("modality", "")), ""))
    return labelled(words, modality) if modality else words


def detail_in_words(detail: Mapping[str, Any]) -> str:
    """What else an entry says, without the numbers by which the database knows its rows."""
    return " · ".join(labelled(_name(name), _value(value)) for name, value in _told(detail))


def _name(name: str) -> str:
    return tr(DETAILS.get(name, name.replace("_", " ")))


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
        return tr("yes") if value else tr("no")
    if isinstance(value, dict):
        return ", ".join(f"{_name(str(name))} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
