"""Faces: who looks like whom, screening profiles, the renewal of templates, and photos taken at the desk."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, DESK, ById, Nothing, operation
from console.api.review import Finding
from console.api.tasks import Started
from console.domain.invitations import Status


class AlikePerson(msgspec.Struct, frozen=True, kw_only=True):
    """enrolment_id: of the photo on file, for review.picture."""

    id: str
    name: str
    number: str
    enrolment_id: str


class AlikePair(msgspec.Struct, frozen=True, kw_only=True):
    """chance: the share of different people who look this alike; twins: known to be two."""

    first: AlikePerson
    second: AlikePerson
    chance: float
    known_lookalike: bool
    reason: str


class RateSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Of `comparisons` pairs of this site's own people, `beyond` reach what the table gives a false match rate of `rate`."""

    rate: float
    beyond: int
    comparisons: int


class AlikePairs(msgspec.Struct, frozen=True, kw_only=True):
    people: int
    pairs: list[AlikePair]
    seen: list[RateSeen]


class SetKnownLookalike(msgspec.Struct, frozen=True, kw_only=True):
    """reason: needed to set, how the site knows that they are two."""

    first_id: str
    second_id: str
    known_lookalike: bool
    reason: str = ""


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    vectors: int


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A recogniser, or two in one. licence, source, sha256: of the file that the site added, empty for what ships alone;
    ready: it has thresholds."""

    id: str
    licence: str
    source: str
    sha256: str
    ready: bool
    in_use: bool


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """come_again: people whose template belongs to another recogniser."""

    models: list[Model]
    come_again: list[str]


class GateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """One gate of a profile. label, unit, digits, percent: how to show it; remarks_only: it may never reject; lower, upper: whether a
    value can be too low, too high."""

    gate: str
    label: str
    unit: str
    digits: int
    percent: bool
    remarks_only: bool
    fixed: bool
    lower: bool
    upper: bool
    reject_below: float | None
    warn_below: float | None
    warn_above: float | None
    reject_above: float | None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """own: the site's, not shipped."""

    name: str
    version: int
    own: bool
    in_use: bool
    gates: list[GateLimits]


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    profiles: list[Profile]


class NewLimits(msgspec.Struct, frozen=True, kw_only=True):
    gate: str
    reject_below: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    reject_above: float | None = None


class SaveProfile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    gates: list[NewLimits]


class ByName(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class TryProfile(msgspec.Struct, frozen=True, kw_only=True):
    gates: list[NewLimits]


class TriedPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of the site under the limits tried. was: its outcome when it was screened; gates: labels of those that do not pass."""

    id: str
    employee: str
    slot: int
    at: datetime
    was: str
    now: str
    gates: list[str]


class TriedGate(msgspec.Struct, frozen=True, kw_only=True):
    gate: str
    remarked: int
    rejected: int


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What the limits would have made of the site's newest photos; photos: the newest few and all that change."""

    count: int
    passed: int
    remarked: int
    rejected: int
    gates: list[TriedGate]
    photos: list[TriedPhoto]


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    digest: str
    intro: str
    paragraphs: list[tuple[str, str]]


class BeginCapture(msgspec.Struct, frozen=True, kw_only=True):
    """The person at the desk has read the text with this digest and agreed, or not."""

    employee_id: str
    digest: str
    agreed: bool


class AddPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """jpeg: any picture file; slot from 1: what is there is replaced."""

    capture_id: str
    slot: int
    jpeg: bytes


class RemovePhoto(msgspec.Struct, frozen=True, kw_only=True):
    capture_id: str
    slot: int


class CapturePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """state: received or screened."""

    slot: int
    state: str
    outcome: str
    quality: float
    summary: str
    findings: list[Finding]
    best_because: str


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """Photos of one person being taken at the desk. id: empty before the consent; profile: the limits that the photos must meet."""

    id: str
    employee_id: str
    employee: str
    number: str
    status: Status
    status_text: str
    consent: Consent
    photos_asked: int
    photos: list[CapturePhoto]
    profile: Profile


class SubmitCapture(msgspec.Struct, frozen=True, kw_only=True):
    capture_id: str
    best: int


alike = operation("faces.alike", Nothing, AlikePairs, ADMIN)
set_known_lookalike = operation("faces.set_twins", SetKnownLookalike, AlikePairs, ADMIN)
renew = operation("faces.renew", Nothing, Renewed, ADMIN)
models = operation("faces.models", Nothing, Models, ADMIN)
use_model = operation("faces.use_model", ById, Started, ADMIN)
profiles = operation("faces.profiles", Nothing, Profiles, ADMIN)
save_profile = operation("faces.save_profile", SaveProfile, Profiles, ADMIN)
delete_profile = operation("faces.delete_profile", ByName, Profiles, ADMIN)
try_profile = operation("faces.try_profile", TryProfile, Tried, ADMIN)
capture = operation("faces.capture", ById, Capture, DESK)
begin_capture = operation("faces.begin_capture", BeginCapture, Capture, DESK)
add_photo = operation("faces.add_photo", AddPhoto, Capture, DESK)
remove_photo = operation("faces.remove_photo", RemovePhoto, Capture, DESK)
submit_capture = operation("faces.submit_capture", SubmitCapture, Capture, DESK)
