"""Review: submissions that wait for a decision."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ById, Nothing, operation
from console.domain.invitations import Status


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """In shares (0 to 1) of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: outcome pass, warn or reject; measured and limit as text with unit; position: the value on a 0..1 bar."""

    gate: str
    outcome: str
    label: str
    measured: str
    limit: str
    hint: str
    region: Region | None = None


class ReviewPhoto(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    slot: int
    chosen: bool
    outcome: str
    quality: float
    summary: str
    findings: list[Finding]
    face: Region | None
    eyes: tuple[tuple[float, float], tuple[float, float]] | None
    has_image: bool
    best_because: str = ""


class Lookalike(msgspec.Struct, frozen=True, kw_only=True):
    """Another employee who looks like the photos: chance is the share of different people who look this alike; alert: possibly the same
    person; twins: known to be two; enrolment_id: of the photo on file, for review.picture."""

    employee_id: str
    employee: str
    number: str
    chance: float
    alert: bool
    known_lookalike: bool
    enrolment_id: str


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    employee: str
    number: str
    department: str
    status: Status
    passed: int
    photos: int
    photo_id: str
    submitted_at: datetime


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    items: list[QueueItem]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision needs. on_file: the photo id of the last approved face, empty when there is none;
    match_chance: how often different people look as alike as the photo on file and the new one; unlike: too often;
    lookalikes: the nearest first; alarms: an approval needs a reason."""

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
    match_chance: float | None
    unlike: bool
    lookalikes: list[Lookalike]
    alarms: bool
    after_approval: str


class Decide(msgspec.Struct, frozen=True, kw_only=True):
    """remark: goes to the employee with a rejection; in_spite: why it is approved in spite of what the guard says;
    twins: the duplicates it names are others who look alike, and are to be known as that."""

    id: str
    approve: bool
    remark: str = ""
    in_spite: str = ""
    known_lookalike: bool = False


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    jpeg: bytes


queue = operation("review.queue", Nothing, Queue, ADMIN)
submission = operation("review.submission", ById, Submission, ADMIN)
picture = operation("review.picture", ById, Picture, ADMIN)
decide = operation("review.decide", Decide, Submission, ADMIN)
