"""From a token to an invitation and back, and what the person's page shows. Blocking; called from threads."""

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.domain.consent import CONSENT
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import (
    LINK_USABLE,
    MAX_TRIES,
    PHOTOS_ASKED,
    PHOTOS_KEPT,
    SECOND_CHECK_TRIES,
    UPLOADABLE,
    Event,
    Status,
    advance,
    describe,
    link_expired,
    second_check_answer,
    token_hash,
)
from console.domain.screening import WHY_BEST
from console.service.enrolment.photo_sets import judge_set
from console.service.enrolment.screening import (
    current_photos,
    findings,
    photo_summary,
    photos_of_try,
)
from console.service.settings import load_settings
from console.service.tools import Service
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Consent, Employee, Invitation, Photo, PortalSession

T = TypeVar("T")
SESSION_LIFETIME = timedelta(minutes=30)
MAX_SEALED = 13 * 1024 * 1024
QUOTA = 60 * 1024 * 1024
"""Bytes of uploads per invitation and try, so that a link is no free storage."""
LINK_INVALID = (
    "This link is not valid, or not valid any more. Ask your administrator for a new one."
)


class LinkInvalid(NotFound):
    """Unknown, expired, revoked and used links look the same from outside."""

    code = "link_invalid"

    def __init__(self) -> None:
        super().__init__(LINK_INVALID)


class ConsentPage(msgspec.Struct, frozen=True, kw_only=True):
    digest: str
    version: int
    intro: str
    paragraphs: list[tuple[str, str]]


class SealingKey(msgspec.Struct, frozen=True, kw_only=True):
    """public: base64 of the P-256 point; bind: goes into HPKE's info with the slot."""

    version: int
    public: str
    bind: str


class PageFinding(msgspec.Struct, frozen=True, kw_only=True):
    gate: str
    outcome: str
    label: str
    measured: str
    limit: str
    hint: str
    region: dict[str, float] | None


class PagePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """state: received or screened; best_because: in words, of the photo that is suggested."""

    slot: int
    state: str
    outcome: str
    quality: float
    summary: str
    findings: list[PageFinding]
    best_because: str = ""


class PageState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. key is absent until the person may upload."""

    first_name: str
    site: str
    status: Status
    status_text: str
    remark: str
    needs_check: bool
    tries_left: int
    photos_asked: int
    consent: ConsentPage | None
    key: SealingKey | None
    photos: list[PagePhoto]


class PortalLinks:
    """The acts of one person through one link."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def exchange(self, token: str) -> tuple[str, PageState]:
        """Opens the page's session: (session token, state). Raises LinkInvalid. The link itself is not consumed."""
        now = self._service.clock()
        with self._service.store.write() as session:
            row = session.scalars(
                select(Invitation).where(Invitation.token_hash == token_hash(token))
            ).first()
            if (
                row is None
                or row.status not in LINK_USABLE
                or link_expired(row.expires_at, now)
                or self._locked(row)
            ):
                raise LinkInvalid
            if row.status is Status.INVITED:
                self._advance(session, row, Event.OPEN, now)
            session.execute(
                delete(PortalSession).where(PortalSession.created_at < now - SESSION_LIFETIME)
            )
            secret = secrets.token_urlsafe(32)
            session.add(
                PortalSession(token_hash=token_hash(secret), invitation_id=row.id, created_at=now)
            )
            return secret, self._state(session, row)

    def state(self, secret: str) -> PageState:
        return self._act(secret, self._state)

    def consent(self, secret: str, digest: str, agree: bool, user_agent: str) -> PageState:
        """Records the consent to exactly the text that was shown, or the decision against it."""

        def work(session: Session, row: Invitation) -> PageState:
            now = self._service.clock()
            if agree and digest != CONSENT.digest:
                raise Conflict("The text has changed meanwhile. Please read it again.")
            if row.status is Status.OPENED:
                self._advance(session, row, Event.CONSENT if agree else Event.DECLINE, now)
                if agree:
                    session.add(
                        Consent(
                            id=new_id(),
                            employee_id=row.employee_id,
                            invitation_id=row.id,
                            text_digest=CONSENT.digest,
                            text_version=CONSENT.version,
                            language=CONSENT.language,
                            channel="link",
                            user_agent=user_agent[:300],
                            given_at=now,
                        )
                    )
                audit.record(
                    session,
                    now,
                    "employee",
                    "consent.given" if agree else "consent.declined",
                    row.id,
                )
            return self._state(session, row)

        return self._act(secret, work)

    def check(self, secret: str, answer: str) -> PageState:
        """The second check: the end of the employee number. Five misses lock the link."""

        def work(session: Session, row: Invitation) -> tuple[PageState, str]:
            now = self._service.clock()
            number = session.get_one(Employee, row.employee_id).number
            if self._locked(row):
                raise LinkInvalid
            right = secrets.compare_digest(
                answer.strip().lower().encode(), second_check_answer(number).encode()
            )
            if right:
                row.check_passed = True
                return self._state(session, row), ""
            row.check_misses += 1
            left = SECOND_CHECK_TRIES - row.check_misses
            audit.record(session, now, "employee", "link.check_missed", row.id, left=left)
            changed(session, "invitations", row.id)
            return self._state(
                session, row
            ), f"That does not match. {left} tries left." if left else LINK_INVALID

        state, problem = self._act(secret, work)
        if problem:
            raise Invalid("answer", problem)
        return state

    def upload(self, secret: str, slot: int, key_version: int, sealed: bytes) -> PagePhoto:
        """Takes one sealed photo and has it screened. Uploading into a slot replaces what is there."""

        def work(session: Session, row: Invitation) -> PagePhoto:
            self._must_upload(session, row)
            if not 1 <= slot <= PHOTOS_KEPT:
                raise Invalid("slot", f"At most {PHOTOS_KEPT} photos can be kept.")
            drafts = self._drafts(session, row)
            if (
                sum(len(photo.sealed or b"") for photo in drafts if photo.slot != slot)
                + len(sealed)
                > QUOTA
            ):
                raise Invalid("photo", "These photos are too large together. Remove one first.")
            for photo in drafts:
                if photo.slot == slot:
                    session.delete(photo)
            photo = Photo(
                id=new_id(),
                invitation_id=row.id,
                employee_id=row.employee_id,
                slot=slot,
                try_no=row.tries + 1,
                state="received",
                attempt=1,
                sealed=bytes([key_version]) + sealed,
                outcome="",
                quality=0.0,
                created_at=self._service.clock(),
            )
            session.add(photo)
            self._service.jobs.demand(session, "photo", photo.id, 1)
            return _page_photo(photo)

        return self._act(secret, work)

    def photo(self, secret: str, slot: int) -> PagePhoto:
        def work(session: Session, row: Invitation) -> PagePhoto:
            found = next(
                (photo for photo in self._drafts(session, row) if photo.slot == slot), None
            )
            if found is None:
                raise NotFound("This photo has been removed.")
            return _page_photo(found)

        return self._act(secret, work, writes=False)

    def remove(self, secret: str, slot: int) -> PageState:
        def work(session: Session, row: Invitation) -> PageState:
            for photo in self._drafts(session, row):
                if photo.slot == slot:
                    session.delete(photo)
            session.flush()
            judge_set(self._service, session, self._drafts(session, row))
            return self._state(session, row)

        return self._act(secret, work)

    def submit(self, secret: str, best: int) -> PageState:
        """Hands the photos in: the one act that consumes a try. Photos that failed may still be handed in."""

        def work(session: Session, row: Invitation) -> PageState:
            now = self._service.clock()
            if row.status in (Status.SUBMITTED, Status.SCREENING):
                return self._state(session, row)
            self._must_upload(session, row)
            drafts = self._drafts(session, row)
            if len(drafts) < PHOTOS_ASKED:
                raise Invalid(
                    "photos", f"Please add {PHOTOS_ASKED} photos first; there are {len(drafts)}."
                )
            if best not in [photo.slot for photo in drafts]:
                raise Invalid("best", "Choose the best photo first.")
            for photo in drafts:
                photo.chosen = photo.slot == best
            row.submitted_at = now
            row.attempt += 1
            self._advance(session, row, Event.SUBMIT, now)
            audit.record(
                session, now, "employee", "submission.received", row.id, photos=len(drafts)
            )
            self._service.jobs.demand(session, "settle", row.id, row.attempt)
            return self._state(session, row)

        return self._act(secret, work)

    def _act(self, secret: str, work: Callable[[Session, Invitation], T], writes: bool = True) -> T:
        now = self._service.clock()
        with self._service.store.write() if writes else self._service.store.read() as session:
            opened = session.get(PortalSession, token_hash(secret))
            if opened is None or now - opened.created_at > SESSION_LIFETIME:
                raise LinkInvalid
            row = session.get_one(Invitation, opened.invitation_id)
            if row.status in (Status.REVOKED, Status.EXPIRED) or (
                row.status in LINK_USABLE and link_expired(row.expires_at, now)
            ):
                raise LinkInvalid
            return work(session, row)

    def _advance(self, session: Session, row: Invitation, event: Event, now: datetime) -> None:
        row.status = advance(row.status, event)
        row.changed_at = now
        changed(session, "invitations", row.id)
        changed(session, "employees", row.employee_id)

    def _locked(self, row: Invitation) -> bool:
        return row.check_misses >= SECOND_CHECK_TRIES and not row.check_passed

    def _needs_check(self, session: Session, row: Invitation) -> bool:
        return load_settings(session).second_check and not row.check_passed

    def _must_upload(self, session: Session, row: Invitation) -> None:
        if row.status not in UPLOADABLE:
            raise Conflict(
                "Photos can only be added after you have agreed, and before they are handed in."
            )
        if self._needs_check(session, row):
            raise Conflict("Please answer the question about your employee number first.")

    def _drafts(self, session: Session, row: Invitation) -> list[Photo]:
        return photos_of_try(session, row.id, row.tries + 1)

    def _state(self, session: Session, row: Invitation) -> PageState:
        employee = session.get_one(Employee, row.employee_id)
        settings = load_settings(session)
        may_upload = row.status in UPLOADABLE
        needs_check = may_upload and self._needs_check(session, row)
        photos = self._drafts(session, row) if may_upload else current_photos(session, row)
        return PageState(
            first_name=employee.first_name or employee.last_name,
            site=settings.site,
            status=row.status,
            status_text=describe(row.status, row.tries, row.remark),
            remark=row.remark,
            needs_check=needs_check,
            tries_left=MAX_TRIES - row.tries,
            photos_asked=PHOTOS_ASKED,
            consent=_consent_page(settings.site) if row.status is Status.OPENED else None,
            key=self._sealing_key(session, row) if may_upload and not needs_check else None,
            photos=[_page_photo(photo) for photo in photos],
        )

    def _sealing_key(self, session: Session, row: Invitation) -> SealingKey:
        key = self._service.vault.current_site_key(session, self._service.clock())
        return SealingKey(
            version=key.version, public=base64.b64encode(key.public).decode(), bind=row.token_hash
        )


def _consent_page(site: str) -> ConsentPage:
    fill = [(heading, body.replace("{site}", site)) for heading, body in CONSENT.paragraphs]
    return ConsentPage(
        digest=CONSENT.digest,
        version=CONSENT.version,
        intro=CONSENT.intro.replace("{site}", site),
        paragraphs=fill,
    )


def _page_photo(photo: Photo) -> PagePhoto:
    regions = [gate.get("region") for gate in (photo.verdict or {}).get("gates", [])]
    words = [
        PageFinding(
            gate=f.gate,
            outcome=f.outcome,
            label=f.label,
            measured=f.measured,
            limit=f.limit,
            hint=f.hint,
            region=region,
        )
        for f, region in zip(findings(photo.verdict), regions, strict=True)
    ]
    summary = photo_summary(photo) if photo.state == "screened" else ""
    why = WHY_BEST.get(photo.best_because, "")
    return PagePhoto(
        slot=photo.slot,
        state=photo.state,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=summary,
        findings=words,
        best_because=why,
    )
