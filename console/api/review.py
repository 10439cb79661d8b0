"""Review: submissions that wait for a decision."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ById, Nothing, Started, operation
from console.domain.invitations import Status


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle, in shares (0 to 1) of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class GateRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate found.

    outcome: pass, warn or reject; measured, limit: as text with the unit; region: where.
    """

    gate: str
    outcome: str
    label: str
    measured: str
    limit: str
    hint: str
    region: Region | None = None


class ReviewPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """One photo of a submission. eyes: (x, y) of both, in shares; None without a face."""

    id: str
    slot: int
    chosen: bool
    outcome: str
    quality: float
    summary: str
    findings: list[GateRow]
    face: Region | None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None
    has_image: bool
    best_because: str = ""


class Lookalike(msgspec.Struct, frozen=True, kw_only=True):
    """Another employee who looks similar to the photos.

    fmr: the share of different people who look at least this similar; alert: possibly the same
    person; known_lookalike: known to be another person; enrolment_id: names the photo on file,
    for `review.picture`.
    """

    employee_id: str
    employee: str
    number: str
    fmr: float
    alert: bool
    known_lookalike: bool
    enrolment_id: str


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """A submission in the queue.

    passed: how many of its photos passed; photo_id: to show; own: it is the caller's own, whom
    another administrator judges; not_decided: why a decision about it came to nothing, in words,
    "" if none did.
    """

    id: str
    employee: str
    number: str
    department: str
    status: Status
    passed: int
    photos: int
    photo_id: str
    submitted_at: datetime
    own: bool = False
    not_decided: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that can still be undone. words: the remark, or the reason for approving."""

    id: str
    employee: str
    approve: bool
    words: str
    until: datetime


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Submissions that wait, the oldest first. held: the caller's decisions, the newest last."""

    items: list[QueueItem]
    held: list[Held] = []


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision needs.

    on_file: the id of the photo of the last approved face, or else of the ID photo, which id_photo
    says; empty without one; not_compared: why nothing was compared with the ID photo, in words, ""
    if it was or there is none; match_fmr: the share
    of different people who look as similar as the photo on file and the new photos; non_match: it
    is too high, so they may be two people; lookalikes: the most similar first; alarms: an approval
    needs a reason; not_decided: see `QueueItem`.
    """

    id: str
    employee: str
    number: str
    department: str
    status: Status
    status_text: str
    opened_how: str
    profile: str
    photos: list[ReviewPhoto]
    on_file: str
    on_file_at: datetime | None
    id_photo: bool
    not_compared: str
    match_fmr: float | None
    non_match: bool
    lookalikes: list[Lookalike]
    alarms: bool
    after_approval: str
    not_decided: str = ""


class Decide(msgspec.Struct, frozen=True, kw_only=True):
    """A decision.

    remark: sent to the employee with a rejection; in_spite: why it is approved despite an alarm;
    known_lookalike: the possible duplicates are other people, and are noted as look-alikes;
    undoable: it takes effect when its time of grace is over, until when `review.undo` takes it
    back.
    """

    id: str
    approve: bool
    undoable: bool = False
    remark: str = ""
    in_spite: str = ""
    known_lookalike: bool = False


class ApproveMany(msgspec.Struct, frozen=True, kw_only=True):
    """Approves the submissions that raise no alarm. The others are left undecided."""

    ids: list[str]


class NotDecided(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that a bulk decision left out, and why."""

    id: str
    employee: str
    reason: str


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What a bulk decision did."""

    approved: int
    left: list[NotDecided]


class PhotoJpeg(msgspec.Struct, frozen=True, kw_only=True):
    """A photo as JPEG."""

    jpeg: bytes


queue = operation("review.queue", Nothing, Queue, ADMIN)
submission = operation("review.submission", ById, Submission, ADMIN)
picture = operation("review.picture", ById, PhotoJpeg, ADMIN)
decide = operation("review.decide", Decide, Submission, ADMIN)
undo = operation("review.undo", ById, Submission, ADMIN)
approve_many = operation("review.approve_many", ApproveMany, Started, ADMIN)
