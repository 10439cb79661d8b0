"""From an invitation to a face in use."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.id_photos import IdPhotoState
from console.domain.invitations import MAX_TRIES, PHOTOS_ASKED, Status
from console.store.columns import Base, EnumText, id_column, reference


class Campaign(Base):
    """Invitations that were sent together. left_out: reason -> how many people got none.

    days to remind_most: see `domain/link_terms.py`.
    """

    __tablename__ = "campaign"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    days: Mapped[int]
    photos: Mapped[int]
    tries: Mapped[int]
    per_minute: Mapped[int]
    remind_after_days: Mapped[int]
    remind_most: Mapped[int]
    left_out: Mapped[dict[str, Any]]


class Invitation(Base):
    """An invitation, until the face is in use. channel: link; or desk, where no email was sent.

    on_paper: the link is printed and handed out, and no email carries it;
    stage: the furthest that it has come, see `domain/funnel.py`; email_failed: of the email with
    the link; link: its token, sealed, while it may be sent again; told_at: when an email with it
    left, a reminder was queued, or it was printed; reminded: how many reminders;
    code_mark, code_until: of the code for the desk, "" without one.
    held_until, held: when a decision takes effect, and which, see `domain/decisions.py`;
    not_decided: why the last one that was held came to nothing, "" if none did.
    """

    __tablename__ = "invitation"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    campaign_id: Mapped[str | None] = reference("campaign.id")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(16), default="link")
    status: Mapped[Status] = mapped_column(EnumText(Status))
    stage: Mapped[int] = mapped_column(default=0)
    email_failed: Mapped[bool] = mapped_column(default=False)
    on_paper: Mapped[bool] = mapped_column(default=False)
    code_mark: Mapped[str] = mapped_column(String(32), default="", index=True)
    code_until: Mapped[datetime | None]
    link: Mapped[bytes | None] = mapped_column(deferred=True)
    told_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    photos_asked: Mapped[int] = mapped_column(default=PHOTOS_ASKED)
    tries_given: Mapped[int] = mapped_column(default=MAX_TRIES)
    attempt: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    check_misses: Mapped[int] = mapped_column(default=0)
    check_passed: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None] = mapped_column(index=True)
    held: Mapped[dict[str, Any] | None]
    not_decided: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime]
    __table_args__ = (
        Index(None, "status", "email_failed"),
        Index(None, "status", "check_misses"),
        Index(None, "status", "expires_at", "channel"),
    )


class PortalSession(Base):
    """A browser that has exchanged a link's token."""

    __tablename__ = "portal_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[str] = reference("invitation.id")
    created_at: Mapped[datetime]


class Photo(Base):
    """One photo of a submission and its verdict. Its pictures are stored in PhotoPicture.

    upload_bytes: size of the upload while it waits for screening, else 0; model: the recogniser
    that made the vector, empty without a face; vector: protected by the site's rotation, sealed;
    perceptual_hash: sealed; quality: compared with the other photos of its set; best_because: why
    it is the best of them, else empty.
    """

    __tablename__ = "photo"
    id: Mapped[str] = id_column()
    invitation_id: Mapped[str] = reference("invitation.id")
    employee_id: Mapped[str] = reference("employee.id")
    slot: Mapped[int]
    try_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    upload_bytes: Mapped[int] = mapped_column(default=0)
    has_image: Mapped[bool] = mapped_column(default=False)
    refusal: Mapped[str] = mapped_column(String(32), default="")
    verdict: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(8), default="")
    quality: Mapped[float] = mapped_column(default=0.0)
    model: Mapped[str] = mapped_column(String(64), default="")
    vector: Mapped[bytes | None] = mapped_column(deferred=True)
    perceptual_hash: Mapped[bytes | None] = mapped_column(deferred=True)
    best_because: Mapped[str] = mapped_column(String(16), default="")
    chosen: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]

    @property
    def has_vector(self) -> bool:
        """Whether a face was found, so that there is a vector to compare."""
        return bool(self.model)


class PhotoPicture(Base):
    """The pictures of a photo, sealed. upload: until it is screened; image: our own JPEG."""

    __tablename__ = "photo_picture"
    photo_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    upload: Mapped[bytes | None]
    image: Mapped[bytes | None]


class Enrolment(Base):
    """An approved face: its sealed template. version: names the template; `vault.version_of`.

    outcome: what screening said of the photo on file, empty if that is not known any more. Once the
    consent is withdrawn, template, version and model are empty.
    """

    __tablename__ = "enrolment"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str] = reference("invitation.id", unique=True)
    modality: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(64))
    photos: Mapped[int]
    template: Mapped[bytes] = mapped_column(deferred=True)
    version: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(8), default="")
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime]
    live: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index(None, "live", "employee_id"),)


class EnrolmentPicture(Base):
    """The head-and-shoulders picture that terminals get, sealed."""

    __tablename__ = "enrolment_picture"
    enrolment_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    image: Mapped[bytes]


class IdPhoto(Base):
    """A photo of somebody to compare their first enrolment with. All pictures are sealed.

    upload: as it came, until it is decoded; image: our
    own JPEG; vector: protected by the site's rotation, sealed.
    """

    __tablename__ = "id_photo"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id", unique=True)
    state: Mapped[IdPhotoState] = mapped_column(EnumText(IdPhotoState), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    upload: Mapped[bytes | None] = mapped_column(deferred=True)
    image: Mapped[bytes | None] = mapped_column(deferred=True)
    vector: Mapped[bytes | None] = mapped_column(deferred=True)
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime]


class Outbox(Base):
    """An email to send. sealed: what its template needs; emptied once the email is sent.

    invitation_id: the enrolment that it belongs to; emails about fingers belong to none.
    """

    __tablename__ = "outbox"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(24))
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str | None] = reference("invitation.id")
    sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=1)
    run_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "state", "run_at"),)
