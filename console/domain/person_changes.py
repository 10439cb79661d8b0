"""What the audit log says of a person, in words."""

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "employee.saved": "Changed the employee",
    "employee.badge_set": "Gave a badge",
    "employee.badge_removed": "Took the badge",
    "id_photo.added": "Added an ID photo",
    "employee.merged": "Merged another row into this one",
    "consent.given": "Consent given",
    "consent.declined": "Consent declined",
    "consent.withdrawn": "Consent withdrawn",
    "consent.stated": "Stated on what basis fingers are used",
    "employee.opted_out": "Put on the opt-out list",
    "employee.opted_in": "Taken off the opt-out list",
    "finger.enrolled": "Enrolled a finger",
    "finger.deleted": "Deleted a finger",
    "fingers.exported": "Exported the fingers",
    "invitation.revoked": "Revoked an invitation",
    "submission.received": "Handed in photos",
    "review.approved": "Approved the photos",
    "review.rejected": "Rejected the photos",
    "guard.duplicate": "Looks like somebody else",
    "guard.non_match": "Does not look like the photo on file",
    "guard.overruled": "Approved in spite of a warning",
    "screening.some_passed": "Photos passed screening",
    "screening.all_failed": "All photos failed screening",
    "screening.tries_spent": "All photos failed for the last time",
    "photo.viewed": "Viewed a photo",
    "link.check_missed": "Wrong answer to the second check",
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


def change_in_words(action: str, detail: Mapping[str, Any]) -> str:
    """What an entry of the audit log says. Actions without words of their own show their name."""
    words = _WORDS.get(action, action)
    if action == "employee.saved":
        if detail.get("added"):
            return "Added the employee"
        fields = [_FIELDS[name] for name in detail.get("fields", ()) if name in _FIELDS]
        return f"{words}: {', '.join(fields)}" if fields else words
    modality = _MODALITIES.get(str(detail.get("modality", "")), "")
    return f"{words}: {modality}" if modality else words
