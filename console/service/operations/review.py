"""Review: the queue, one submission with all that a decision needs, and the decision."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from console.api import review as api
from console.api.operation import ById, Nothing, Started
from console.domain.errors import Invalid, NotFound
from console.domain.invitations import try_of
from console.domain.language import msgid, tr, tr_count
from console.domain.retention import Kept, KeptDays, span_in_words
from console.domain.screening import WHY_BEST
from console.domain.terminals import TerminalStatus
from console.service.enrolment.duplicate_guard import ComparedPerson, DuplicateGuard
from console.service.enrolment.held_decisions import HeldDecisions, held_of
from console.service.enrolment.photo_sets import current_photos
from console.service.enrolment.review import (
    OverrideReason,
    Reviewer,
    Reviews,
    find_submission,
    open_enrolment_image,
    open_id_photo,
    open_photo_image,
)
from console.service.enrolment.verdicts import (
    StoredRegion,
    describe_findings,
    summarise_photo,
    verdict_of,
)
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import kept_for, load_settings
from console.service.tasks import Tasks
from console.store.queries.enrolments import to_review
from console.store.queries.people import full_name
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Enrolment, IdPhoto, Invitation, Photo, Terminal
from console.store.unit_of_work import ReadTx

MAX_AT_ONCE = 1000


class _QueuedPhoto(NamedTuple):
    """What the queue shows of a photo."""

    id: str
    invitation_id: str
    try_no: int
    outcome: str
    chosen: bool
    has_image: bool


class ReviewOperations:
    """What administrators do with submissions."""

    def __init__(
        self, reviews: Reviews, held: HeldDecisions, guard: DuplicateGuard, tasks: Tasks
    ) -> None:
        self._reviews, self._held, self._guard, self._tasks = reviews, held, guard, tasks

    @handles(api.queue, Pool.READ)
    def queue(self, call: Call, request: Nothing) -> api.Queue:
        """What waits for a decision, the oldest first."""
        query = select(Invitation, Employee).join(Employee, Employee.id == Invitation.employee_id)
        waiting = query.where(to_review()).order_by(Invitation.submitted_at)
        held = query.where(Invitation.held_until.is_not(None)).order_by(Invitation.held_until)
        with call.read() as tx:
            rows = tx.execute(waiting).all()
            photos = _queued_photos(tx)
            return api.Queue(
                held=[
                    _held(invitation, employee)
                    for invitation, employee in tx.execute(held).all()
                    if held_of(invitation).by == call.operator.id
                ],
                items=[
                    _item(invitation, employee, photos[invitation.id], call.operator.employee_id)
                    for invitation, employee in rows
                ],
            )

    @handles(api.submission, Pool.READ)
    def get(self, call: Call, request: ById) -> api.Submission:
        """One with all that a decision needs. Raises NotFound."""
        with call.read() as tx:
            return self._submission(tx, request.id)

    @handles(api.picture, Pool.WRITE)
    def picture(self, call: Call, request: ById) -> api.PhotoJpeg:
        """A photo of a submission, or the one on file. The view is audited. Raises NotFound."""
        with call.read() as tx:
            photo = tx.get(Photo, request.id)
            enrolment = tx.get(Enrolment, request.id) if photo is None else None
            id_photo = tx.get(IdPhoto, request.id)
            if photo is not None:
                jpeg = open_photo_image(tx, photo)
            elif enrolment is not None:
                jpeg = open_enrolment_image(tx, enrolment)
            elif id_photo is not None:
                jpeg = open_id_photo(tx, id_photo)
            else:
                raise NotFound(tr("This photo is no longer kept."))
        with call.write() as writing:
            writing.audit("photo.viewed", request.id)
        return api.PhotoJpeg(jpeg=jpeg)

    @handles(api.decide, Pool.WORKER)
    def decide(self, call: Call, request: api.Decide) -> api.Submission:
        """Approves or rejects. Raises NotFound, Conflict, Forbidden, NeedsReason."""
        reviewer = _reviewer(call)
        takes = self._held if request.undoable else self._reviews
        if request.approve:
            reason = OverrideReason(text=request.in_spite, known_lookalike=request.known_lookalike)
            takes.approve(request.id, reviewer, reason)
        else:
            takes.reject(request.id, reviewer, request.remark)
        with call.read() as tx:
            return self._submission(tx, request.id)

    @handles(api.undo, Pool.WRITE)
    def undo(self, call: Call, request: ById) -> api.Submission:
        """Takes back a decision of the caller. Raises NotFound, Conflict."""
        self._held.undo(request.id, _reviewer(call))
        with call.read() as tx:
            return self._submission(tx, request.id)

    @handles(api.approve_many, Pool.READ)
    def approve_many(self, call: Call, request: api.ApproveMany) -> Started:
        """Starts the task that approves what raises no question. Raises Invalid."""
        if len(request.ids) > MAX_AT_ONCE:
            raise Invalid(
                "ids", tr("Approve at most {most:,} submissions at once.", most=MAX_AT_ONCE)
            )
        body = self._reviews.approve_many(request.ids, _reviewer(call))
        title = msgid("Approving submissions")
        return Started(task_id=self._tasks.start_blocking(title, body, by=call.operator.id))

    def _submission(self, tx: ReadTx, invitation_id: str) -> api.Submission:
        invitation = find_submission(tx, invitation_id)
        employee = tx.get_one(Employee, invitation.employee_id)
        photos = current_photos(tx, invitation, vectors=True)
        seen = self._guard.compare(tx, invitation, photos)
        approved = select(func.count()).select_from(Terminal)
        approved = approved.where(Terminal.status == TerminalStatus.APPROVED)
        return api.Submission(
            id=invitation.id,
            employee=full_name(employee),
            number=employee.number,
            department=employee.department,
            status=invitation.status,
            status_text=status_texts(tx, [invitation])[invitation.id],
            opened_how=_opened_how(invitation),
            profile=_profile(photos),
            photos=[_photo(photo) for photo in photos],
            on_file=_shown_on_file(seen.on_file),
            on_file_at=_since(seen.on_file),
            id_photo=isinstance(seen.on_file, IdPhoto),
            not_compared=seen.not_compared,
            match_fmr=seen.own_fmr,
            non_match=seen.non_match,
            lookalikes=_lookalikes(tx, seen.shown),
            alarms=seen.alarms,
            after_approval=_after_approval(tx.scalar(approved) or 0, kept_for(load_settings(tx))),
            not_decided=tr(invitation.not_decided),
        )


def _since(on_file: Enrolment | IdPhoto | None) -> datetime | None:
    if on_file is None:
        return None
    return on_file.added_at if isinstance(on_file, IdPhoto) else on_file.approved_at


def _shown_on_file(on_file: Enrolment | IdPhoto | None) -> str:
    """The id of its picture. An ID photo that could not be read has none."""
    unread = isinstance(on_file, IdPhoto) and on_file.image is None
    return "" if on_file is None or unread else on_file.id


def _reviewer(call: Call) -> Reviewer:
    return Reviewer(id=call.operator.id, employee_id=call.operator.employee_id)


def _queued_photos(tx: ReadTx) -> dict[str, list[_QueuedPhoto]]:
    """The photos of each submission's last try, by slot, without pictures and vectors."""
    query = select(
        Photo.id, Photo.invitation_id, Photo.try_no, Photo.outcome, Photo.chosen, Photo.has_image
    ).join(Invitation, Invitation.id == Photo.invitation_id)
    query = query.where(to_review())
    tries: dict[str, list[_QueuedPhoto]] = defaultdict(list)
    for row in tx.execute(query.order_by(Photo.try_no.desc(), Photo.slot)):
        photo = _QueuedPhoto(*row)
        there = tries[photo.invitation_id]
        if not there or there[0].try_no == photo.try_no:
            there.append(photo)
    return tries


def _item(
    invitation: Invitation, employee: Employee, photos: list[_QueuedPhoto], own: str
) -> api.QueueItem:
    pictured = [photo for photo in photos if photo.has_image]
    first = pictured[0] if pictured else None
    shown = next((photo for photo in pictured if photo.chosen), first)
    return api.QueueItem(
        id=invitation.id,
        employee=full_name(employee),
        number=employee.number,
        department=employee.department,
        status=invitation.status,
        passed=sum(photo.outcome != "reject" for photo in photos),
        photos=len(photos),
        photo_id=shown.id if shown else "",
        submitted_at=invitation.submitted_at or invitation.changed_at,
        own=employee.id == own,
        not_decided=tr(invitation.not_decided),
    )


def _held(invitation: Invitation, employee: Employee) -> api.Held:
    decision = held_of(invitation)
    assert invitation.held_until is not None
    return api.Held(
        id=invitation.id,
        employee=full_name(employee),
        approve=decision.approve,
        words=decision.words,
        until=invitation.held_until,
    )


def _opened_how(invitation: Invitation) -> str:
    which = try_of(max(1, invitation.tries), invitation.tries_given)
    if invitation.channel == "desk":
        how = tr("taken at the desk")
    elif invitation.check_passed:
        how = tr("opened from email, second check passed")
    else:
        how = tr("opened from email, no second check")
    return f"{how} · {which}"


def _profile(photos: Sequence[Photo]) -> str:
    """The profile that the photos were judged by, with its version."""
    for photo in photos:
        verdict = verdict_of(photo)
        if verdict is not None:
            return f"{verdict.profile} v{verdict.profile_version}"
    return ""


def _after_approval(terminals: int, kept: KeptDays) -> str:
    if not terminals:
        return tr("No terminal is approved yet. The face is sent to terminals once approved.")
    return tr_count(
        "Goes to {count:,} terminal. The photos are kept for {days}.",
        "Goes to {count:,} terminals. The photos are kept for {days}.",
        terminals,
        days=span_in_words(kept[Kept.APPROVED]),
    )


def _photo(photo: Photo) -> api.ReviewPhoto:
    verdict = verdict_of(photo)
    gates = verdict.gates if verdict else []
    return api.ReviewPhoto(
        id=photo.id,
        slot=photo.slot,
        chosen=photo.chosen,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=summarise_photo(photo),
        findings=[
            api.GateRow(
                gate=finding.gate,
                outcome=finding.outcome,
                label=finding.label,
                measured=finding.measured,
                limit=finding.limit,
                hint=finding.hint,
                region=_region(gate.region),
            )
            for finding, gate in zip(describe_findings(verdict), gates, strict=True)
        ],
        face=_region(verdict.face) if verdict else None,
        eyes=verdict.eyes if verdict else None,
        has_image=photo.has_image,
        best_because=WHY_BEST.get(photo.best_because, ""),
    )


def _region(stored: StoredRegion | None) -> api.Region | None:
    if stored is None:
        return None
    return api.Region(left=stored.left, top=stored.top, width=stored.width, height=stored.height)


def _lookalikes(tx: ReadTx, shown: Sequence[ComparedPerson]) -> list[api.Lookalike]:
    ids = [other.employee_id for other in shown]
    people = {row.id: row for row in tx.scalars(select(Employee).where(Employee.id.in_(ids)))}
    live = select(Enrolment.employee_id, Enrolment.id)
    live = live.where(Enrolment.employee_id.in_(ids), Enrolment.live)
    enrolments = dict(tx.execute(live).all())
    return [
        api.Lookalike(
            employee_id=other.employee_id,
            employee=full_name(people[other.employee_id]),
            number=people[other.employee_id].number,
            fmr=other.fmr,
            alert=other.suspicious,
            known_lookalike=other.known_lookalike,
            enrolment_id=enrolments.get(other.employee_id, ""),
        )
        for other in shown
        if other.employee_id in people
    ]
