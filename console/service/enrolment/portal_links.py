"""From a token to an invitation, and what the person's page shows. Blocking."""

import base64
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import delete, select

from console.api.consents import ShownText
from console.domain.consent import FACE
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import (
    IN_FORCE,
    LINK_USABLE,
    SECOND_CHECK_TRIES,
    UPLOADABLE,
    Event,
    FaceReach,
    Status,
    answers_left,
    link_expired,
    link_locked,
    second_check_answer,
    token_hash,
)
from console.domain.language import msgid, tr
from console.domain.screening import WHY_BEST
from console.service.consents import shown_texts
from console.service.enrolment import submissions
from console.service.enrolment.consent import has_agreed, withdraw_consent
from console.service.enrolment.desk_codes import invitation_of, use_up
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.photo_sets import current_photos
from console.service.enrolment.verdicts import (
    StoredRegion,
    describe_findings,
    summarise_photo,
    verdict_of,
)
from console.service.languages import note_language
from console.service.settings import load_link_rules, load_settings
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.enrolments import advance_invitation
from console.store.queries.face_reach import face_reach
from console.store.schema import Employee, Invitation, Photo, PortalSession
from console.store.unit_of_work import ReadTx, Tx

T = TypeVar("T")
ACTOR = "employee"
"""Who acts through a link, in the audit trail."""
SESSION_LIFETIME = timedelta(minutes=30)
LOOKING = timedelta(seconds=5)
"""Somebody who reads the page touches it no sooner than that after it has come."""
ANSWERABLE = frozenset({Status.INVITED, Status.OPENED})
"""The text about consent is shown, and can be answered."""
MAX_SEALED = 13 * 1024 * 1024
CODE_INVALID = msgid("This code is not valid, or not valid any more. Ask for a new one.")
LINK_INVALID = msgid(
    "This link is not valid, or not valid any more. Ask your administrator for a new one."
)


CHECK_FIRST = msgid("Please answer the question about your employee number first.")


class LinkInvalid(NotFound):
    """Unknown, expired, revoked and used links look the same from outside."""

    code = "link_invalid"

    def __init__(self, message: str = LINK_INVALID) -> None:
        super().__init__(tr(message))


class CodeInvalid(LinkInvalid):
    """Wrong, expired and used codes look the same from outside."""

    code = "code_invalid"

    def __init__(self) -> None:
        super().__init__(CODE_INVALID)


class SealingKey(msgspec.Struct, frozen=True, kw_only=True):
    """public: base64 of the P-256 point; bind: goes into HPKE's info with the slot."""

    version: int
    public: str
    bind: str


class PageFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One gate of a photo in words, and where in the picture."""

    gate: str
    outcome: str
    label: str
    measured: str
    limit: str
    hint: str
    region: StoredRegion | None


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
    """Everything the page shows. key is absent until the person may upload.

    language: the person's by its tag, empty while it is not known;
    agreed: there is a consent to withdraw; checked: the second check is answered, or not asked;
    texts: what they are asked to agree to, in every language; empty: they are not asked;
    reach: where the face opens, once it is approved.
    """

    language: str
    first_name: str
    site: str
    status: Status
    remark: str
    needs_check: bool
    agreed: bool
    checked: bool
    reach: FaceReach | None
    photos_asked: int
    texts: list[ShownText]
    key: SealingKey | None
    photos: list[PagePhoto]


class PortalLinks:
    """What one person does through one link. `state` and `photo` only read; the others write."""

    def __init__(self, store: Store, gallery: FaceGallery) -> None:
        self._store, self._gallery = store, gallery

    def exchange(self, token: str) -> tuple[str, PageState]:
        """Opens the page's session: (session token, state). The link itself is not used up.

        Nothing is said of the person by that: programs that scan emails open every link, and run
        the page that they find. Raises LinkInvalid.
        """
        with self._store.write(ACTOR) as tx:
            row = tx.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
            if row is None or not _opens(tx, row):
                raise LinkInvalid
            return _new_session(tx, row), _state(tx, row)

    def exchange_code(self, code: str) -> tuple[str, PageState]:
        """Opens the page's session by a code for the desk, which is used up. Raises CodeInvalid.

        No program types codes: the link counts as opened.
        """
        with self._store.write(ACTOR) as tx:
            row = invitation_of(tx, code)
            if row is None or not _opens(tx, row):
                raise CodeInvalid
            use_up(row)
            tx.audit("link.code_used", row.id)
            if row.status is Status.INVITED:
                advance_invitation(tx, row, Event.OPEN)
            return _new_session(tx, row), _state(tx, row)

    def seen(self, secret: str) -> PageState:
        """The page says that somebody touched it: the link counts as opened, if it can be true.

        Programs that scan emails click, too, but at once. MA4. Raises LinkInvalid.
        """

        def note(tx: Tx, row: Invitation) -> PageState:
            began = tx.get_one(PortalSession, token_hash(secret)).created_at
            if row.status is Status.INVITED and tx.now - began >= LOOKING:
                advance_invitation(tx, row, Event.OPEN)
            return _state(tx, row)

        return self._write(secret, note)

    def state(self, secret: str) -> PageState:
        """What the page shows now. Raises LinkInvalid."""
        with self._store.read() as tx:
            return _state(tx, _invitation(tx, secret))

    def speak(self, secret: str, language: str) -> PageState:
        """Somebody chooses the language of the page. It is the person's, if it can be true.

        As with `seen`: programs that scan emails click on every language. Raises LinkInvalid.
        """

        def choose(tx: Tx, row: Invitation) -> PageState:
            if tx.now - tx.get_one(PortalSession, token_hash(secret)).created_at >= LOOKING:
                note_language(tx, row.employee_id, language)
            return _state(tx, row)

        return self._write(secret, choose)

    def link_of(self, secret: str) -> str:
        """The link that a session is of. Raises LinkInvalid."""
        with self._store.read() as tx:
            return _invitation(tx, secret).id

    def photo(self, secret: str, slot: int) -> PagePhoto:
        """One photo of the open try. Raises LinkInvalid, NotFound."""
        with self._store.read() as tx:
            for photo in submissions.drafts(tx, _invitation(tx, secret)):
                if photo.slot == slot:
                    return _page_photo(photo)
        raise NotFound(tr("This photo has been removed."))

    def consent(self, secret: str, digest: str, agree: bool, user_agent: str) -> PageState:
        """Records the consent to exactly the text that was shown, or the decision against it.

        Raises LinkInvalid, Conflict.
        """

        def record(tx: Tx, row: Invitation) -> PageState:
            text = submissions.text_read(tx, digest) if agree else None
            if row.status in ANSWERABLE:
                if not agree and has_agreed(tx, row.employee_id):
                    raise Conflict(tr("You have agreed before. Withdraw your consent to end that."))
                if row.status is Status.INVITED:
                    advance_invitation(tx, row, Event.OPEN)
                submissions.record_consent(tx, row, text, user_agent=user_agent)
            return _state(tx, row)

        return self._write(secret, record)

    def check(self, secret: str, answer: str) -> PageState:
        """The second check: the end of the employee number. Five misses lock the link.

        Raises LinkInvalid, Invalid.
        """

        def compare(tx: Tx, row: Invitation) -> tuple[PageState, str]:
            if _locked(row):
                raise LinkInvalid
            if is_right_answer(tx, row.employee_id, answer):
                row.check_passed = True
                return _state(tx, row), ""
            row.check_misses += 1
            left = SECOND_CHECK_TRIES - row.check_misses
            tx.audit("link.check_missed", row.id, left=left)
            tx.changed("invitations", row.id)
            return _state(tx, row), check_problem(row.check_misses)

        state, problem = self._write(secret, compare)
        if problem:  # raised after the commit, so that the miss counts
            raise Invalid("answer", problem)
        return state

    def upload(self, secret: str, slot: int, key_version: int, sealed: bytes) -> PagePhoto:
        """Stores one sealed photo and has it screened. It replaces what is in the slot.

        Raises LinkInvalid, Invalid, Conflict.
        """

        def add(tx: Tx, row: Invitation) -> PagePhoto:
            _check_answered(tx, row)
            photo = submissions.add_photo(
                tx, row, slot, photo_id=new_id(), sealed=bytes([key_version]) + sealed
            )
            return _page_photo(photo)

        return self._write(secret, add)

    def remove(self, secret: str, slot: int) -> PageState:
        """Deletes a photo of the open try. Raises LinkInvalid, Conflict."""

        def remove(tx: Tx, row: Invitation) -> PageState:
            submissions.remove_photo(tx, row, slot)
            return _state(tx, row)

        return self._write(secret, remove)

    def submit(self, secret: str, best: int) -> PageState:
        """Hands the photos in; see submissions.submit."""

        def submit(tx: Tx, row: Invitation) -> PageState:
            if row.status in UPLOADABLE:
                _check_answered(tx, row)
            submissions.submit(tx, row, best, least=row.photos_asked)
            return _state(tx, row)

        return self._write(secret, submit)

    def withdraw(self, secret: str) -> PageState:
        """The person withdraws the consent to their face; twice changes nothing.

        Raises LinkInvalid, Conflict.
        """

        def withdraw(tx: Tx, row: Invitation) -> PageState:
            if has_agreed(tx, row.employee_id):
                if _needs_check(tx, row):
                    raise Conflict(tr(CHECK_FIRST))
                withdraw_consent(tx, row.employee_id, self._gallery, channel=submissions.LINK)
                tx.flush()
            return _state(tx, row)

        return self._write(secret, withdraw)

    def _write(self, secret: str, change: Callable[[Tx, Invitation], T]) -> T:
        with self._store.write(ACTOR) as tx:
            return change(tx, _invitation(tx, secret))


def is_right_answer(tx: ReadTx, employee_id: str, answer: str) -> bool:
    """Whether this is the answer to the person's second check."""
    right = second_check_answer(tx.get_one(Employee, employee_id).number)
    return secrets.compare_digest(answer.strip().lower().encode(), right.encode())


def check_problem(misses: int) -> str:
    """What somebody is told who has missed the second check so often."""
    left = SECOND_CHECK_TRIES - misses
    return answers_left(left) if left else tr(LINK_INVALID)


def _new_session(tx: Tx, row: Invitation) -> str:
    """The token of a new session."""
    tx.execute(delete(PortalSession).where(PortalSession.created_at < tx.now - SESSION_LIFETIME))
    tx.vault.current_site_key(tx.session, tx.now)  # made now: showing the page only reads
    secret = secrets.token_urlsafe(32)
    tx.add(PortalSession(token_hash=token_hash(secret), invitation_id=row.id, created_at=tx.now))
    return secret


def _invitation(tx: ReadTx, secret: str) -> Invitation:
    """The invitation behind a page's session. Raises LinkInvalid."""
    opened = tx.get(PortalSession, token_hash(secret))
    if opened is None or tx.now - opened.created_at > SESSION_LIFETIME:
        raise LinkInvalid
    row = tx.get_one(Invitation, opened.invitation_id)
    if row.status in (Status.REVOKED, Status.EXPIRED):
        raise LinkInvalid
    if row.status in LINK_USABLE and not _works(tx, row):
        raise LinkInvalid
    return row


def _opens(tx: ReadTx, row: Invitation) -> bool:
    """Whether a link opens the page. Whoever is enrolled can always withdraw through theirs."""
    waits = row.status in LINK_USABLE and _works(tx, row)
    return (waits or row.status in IN_FORCE) and not _locked(row)


def _works(tx: ReadTx, row: Invitation) -> bool:
    """Whether a link that waits for the person works: in time, and while the site has links."""
    return not link_expired(row.expires_at, tx.now) and load_link_rules(tx).by_link


def _locked(row: Invitation) -> bool:
    return link_locked(row.check_misses, passed=row.check_passed)


def _needs_check(tx: ReadTx, row: Invitation) -> bool:
    return load_settings(tx).second_check and not row.check_passed


def _check_answered(tx: ReadTx, row: Invitation) -> None:
    submissions.check_takes_photos(tx, row)
    if _needs_check(tx, row):
        raise Conflict(tr(CHECK_FIRST))


def _state(tx: ReadTx, row: Invitation) -> PageState:
    employee = tx.get_one(Employee, row.employee_id)
    settings = load_settings(tx)
    may_upload = row.status in UPLOADABLE
    checked = not _needs_check(tx, row)
    needs_check = may_upload and not checked
    photos = submissions.drafts(tx, row) if may_upload else current_photos(tx, row)
    return PageState(
        language=employee.language,
        first_name=employee.first_name or employee.last_name,
        site=settings.site,
        status=row.status,
        remark=row.remark,
        needs_check=needs_check,
        agreed=has_agreed(tx, row.employee_id),
        checked=checked,
        reach=face_reach(tx, employee) if row.status in IN_FORCE else None,
        photos_asked=row.photos_asked,
        texts=shown_texts(settings, FACE) if row.status in ANSWERABLE else [],
        key=_sealing_key(tx, row) if may_upload and not needs_check else None,
        photos=[_page_photo(photo) for photo in photos],
    )


def _sealing_key(tx: ReadTx, row: Invitation) -> SealingKey:
    key = tx.vault.current_site_key(tx.session, tx.now)
    public = base64.b64encode(key.public).decode()
    return SealingKey(version=key.version, public=public, bind=row.token_hash)


def _page_photo(photo: Photo) -> PagePhoto:
    verdict = verdict_of(photo)
    words = [
        PageFinding(
            gate=finding.gate,
            outcome=finding.outcome,
            label=finding.label,
            measured=finding.measured,
            limit=finding.limit,
            hint=finding.hint,
            region=gate.region,
        )
        for finding, gate in zip(
            describe_findings(verdict), verdict.gates if verdict else [], strict=True
        )
    ]
    return PagePhoto(
        slot=photo.slot,
        state=photo.state,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=summarise_photo(photo) if photo.state == "screened" else "",
        findings=words,
        best_because=tr(WHY_BEST.get(photo.best_because, "")),
    )
