"""The rules for photos of a person, whether they come by phone or are taken at the desk.

The two entrances are `portal_links` and the operations of the desk. They differ in how they know
the person, and in how an upload is sealed.
"""

from datetime import timedelta

from sqlalchemy import select

from console.domain.consent import FACE, ConsentText
from console.domain.errors import Conflict, Invalid
from console.domain.invitations import (
    CLOSED,
    IN_FORCE,
    PHOTOS_ASKED,
    PHOTOS_KEPT,
    UPLOADABLE,
    Event,
    Status,
    link_expired,
    new_token,
    token_hash,
)
from console.domain.language import msgid, tr, tr_count
from console.service.consents import send_copy, text_with
from console.service.enrolment.invitations import close_open
from console.service.enrolment.opting_out import opt_in, opt_out
from console.service.enrolment.photo_sets import judge_set, photos_of_try
from console.store.columns import new_id
from console.store.queries.asked_again import end_questions
from console.store.queries.enrolments import advance_invitation
from console.store.schema import Consent, Invitation, Photo, PhotoPicture
from console.store.unit_of_work import ReadTx, Tx

LINK, DESK = "link", "desk"
"""The channels of an invitation."""
ANOTHER_TEXT = msgid("The text has changed meanwhile. Please read it again.")
DESK_LIFETIME = timedelta(hours=8)
"""For so long the person may come back to the desk to go on."""
QUOTA = 60 * 1024 * 1024
"""Bytes of uploads that wait in one try, so that a link is no free storage."""


def drafts(tx: ReadTx, invitation: Invitation) -> list[Photo]:
    """The photos of the try that is open, by slot."""
    return photos_of_try(tx, invitation.id, invitation.tries + 1)


def record_consent(
    tx: Tx, invitation: Invitation, text: ConsentText | None, *, user_agent: str
) -> None:
    """Notes the consent to the text that was shown, or, with None, the decision against it."""
    advance_invitation(tx, invitation, Event.DECLINE if text is None else Event.CONSENT)
    if text is not None:
        note_consent(
            tx,
            invitation.employee_id,
            invitation.id,
            text,
            channel=invitation.channel,
            user_agent=user_agent,
        )
    else:
        tx.audit("consent.declined", invitation.id, channel=invitation.channel)
        opt_out(tx, invitation.employee_id)


def note_consent(
    tx: Tx,
    employee_id: str,
    invitation_id: str | None,
    text: ConsentText,
    *,
    channel: str,
    user_agent: str,
) -> None:
    """Notes the consent to a text that is in force now, and sends the person a copy.

    Whoever agrees may be asked again.
    """
    given = Consent(
        id=new_id(),
        employee_id=employee_id,
        invitation_id=invitation_id,
        text_digest=text.digest,
        text_version=text.version,
        language=text.language,
        channel=channel,
        user_agent=user_agent[:300],
        given_at=tx.now,
    )
    tx.add(given)
    end_questions(tx, [employee_id], FACE)
    tx.audit("consent.given", invitation_id or employee_id, channel=channel)
    opt_in(tx, employee_id)
    tx.demand("id_photo")
    send_copy(tx, given, text)


def text_read(tx: ReadTx, digest: str) -> ConsentText:
    """The person must have read exactly a text that is in force. Raises Conflict."""
    text = text_with(tx, FACE, digest)
    if text is None:
        raise Conflict(tr(ANOTHER_TEXT))
    return text


def check_takes_photos(tx: ReadTx, invitation: Invitation) -> None:
    """Raises Conflict unless photos can be added now."""
    if invitation.status not in UPLOADABLE:
        raise Conflict(
            tr("Photos can only be added after you have agreed, and before they are handed in.")
        )
    if link_expired(invitation.expires_at, tx.now):
        raise Conflict(tr("No photos can be added to this enrolment any more."))


def add_photo(tx: Tx, invitation: Invitation, slot: int, *, photo_id: str, sealed: bytes) -> Photo:
    """Stores one sealed upload and has it screened. It replaces what is in the slot.

    Raises Invalid, Conflict.
    """
    check_takes_photos(tx, invitation)
    if not 1 <= slot <= PHOTOS_KEPT:
        raise Invalid("slot", tr("At most {most} photos can be kept.", most=PHOTOS_KEPT))
    there = drafts(tx, invitation)
    waiting = sum(photo.upload_bytes for photo in there if photo.slot != slot)
    if waiting + len(sealed) > QUOTA:
        raise Invalid("photo", tr("These photos are too large together. Remove one first."))
    for photo in there:
        if photo.slot == slot:
            tx.delete(photo)
    added = Photo(
        id=photo_id,
        invitation_id=invitation.id,
        employee_id=invitation.employee_id,
        slot=slot,
        try_no=invitation.tries + 1,
        state="received",
        attempt=1,
        upload_bytes=len(sealed),
        outcome="",
        quality=0.0,
        best_because="",
        created_at=tx.now,
    )
    tx.add(added)
    tx.flush()
    tx.add(PhotoPicture(photo_id=photo_id, upload=sealed))
    tx.demand("photo")
    return added


def remove_photo(tx: Tx, invitation: Invitation, slot: int) -> None:
    """Deletes what is in the slot, if anything is. Raises Conflict."""
    check_takes_photos(tx, invitation)
    for photo in drafts(tx, invitation):
        if photo.slot == slot:
            tx.delete(photo)
            tx.audit("photo.removed", invitation.id)
    judge_set(tx, invitation.id, invitation.tries + 1)


def submit(tx: Tx, invitation: Invitation, best: int, *, least: int = PHOTOS_ASKED) -> None:
    """Hands the photos in: the one act that uses up a try. Doing it twice changes nothing.

    Photos that failed may be handed in too. best: the slot that the person chose; least: how many
    photos there must be.
    Raises Invalid, Conflict.
    """
    if invitation.status in (Status.SUBMITTED, Status.SCREENING):
        return
    check_takes_photos(tx, invitation)
    photos = drafts(tx, invitation)
    if len(photos) < least:
        text = tr_count(
            "Please add {count} photo first.", "Please add {count} photos first.", least
        )
        raise Invalid("photos", text)
    if best not in [photo.slot for photo in photos]:
        raise Invalid("best", tr("Choose the best photo first."))
    for photo in photos:
        photo.chosen = photo.slot == best
    invitation.submitted_at = tx.now
    invitation.attempt += 1
    advance_invitation(tx, invitation, Event.SUBMIT)
    tx.audit("submission.received", invitation.id, photos=len(photos), channel=invitation.channel)
    tx.demand("settle")


# the desk


def desk_capture(tx: ReadTx, employee_id: str) -> Invitation | None:
    """The person's newest enrolment at a desk, while it can still be looked at."""
    query = select(Invitation).where(
        Invitation.employee_id == employee_id, Invitation.channel == DESK
    )
    row = tx.scalar(query.order_by(Invitation.created_at.desc()).limit(1))
    if row is None or row.status in CLOSED | IN_FORCE:
        return None
    if row.status in UPLOADABLE and link_expired(row.expires_at, tx.now):
        return None
    return row


def begin_at_desk(
    tx: Tx, employee_id: str, text: ConsentText | None, *, desk: str
) -> Invitation | None:
    """Begins an enrolment at the desk, or goes on with one; None for a person who says no.

    The no of somebody who has agreed before is a withdrawal: see consent.py. Links that are still
    open are closed. text: that they agree to, None for a no; desk: who sits there.
    """
    row = desk_capture(tx, employee_id)
    if row is None or row.status not in UPLOADABLE:
        close_open(tx, [employee_id])
        row = open_at_desk(tx, employee_id)
        record_consent(tx, row, text, user_agent=f"desk of {desk}")
    return None if text is None else row


def open_at_desk(tx: Tx, employee_id: str) -> Invitation:
    """An enrolment without a link, before the consent is noted."""
    row = Invitation(
        id=new_id(),
        employee_id=employee_id,
        token_hash=token_hash(new_token()),
        channel=DESK,
        status=Status.OPENED,
        check_passed=True,
        tries=0,
        remark="",
        created_by=tx.actor,
        created_at=tx.now,
        expires_at=tx.now + DESK_LIFETIME,
        changed_at=tx.now,
    )
    tx.add(row)
    tx.flush()
    return row
