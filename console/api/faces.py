"""Faces: similar people, screening profiles, recognisers, template renewal, photos at the desk."""

from datetime import datetime

import msgspec

from console.api.consents import ShownText
from console.api.operation import ADMIN, DESK, ById, Nothing, Started, operation
from console.api.review import GateRow
from console.domain.invitations import Status


class PairedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One of two similar people. enrolment_id: names the photo on file, for `review.picture`."""

    id: str
    name: str
    number: str
    enrolment_id: str


class SimilarPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two people who look similar.

    fmr: the share of different people who look at least this similar; known_lookalike: the site
    knows that they are two people; reason: how it knows.
    """

    first: PairedPerson
    second: PairedPerson
    fmr: float
    known_lookalike: bool
    reason: str


class RateSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How the recogniser does on this site's own people.

    Of `comparisons` pairs, `beyond` reach the score whose false match rate is `rate`.
    """

    rate: float
    beyond: int
    comparisons: int


class SimilarPairs(msgspec.Struct, frozen=True, kw_only=True):
    """The most similar pairs among `people` enrolled people. seen: match rates on this site."""

    people: int
    pairs: list[SimilarPair]
    seen: list[RateSeen]


class SetKnownLookalike(msgspec.Struct, frozen=True, kw_only=True):
    """Marks two people as known look-alikes, or takes the mark back.

    reason: how the site knows that they are two people; needed for marking.
    """

    first_id: str
    second_id: str
    known_lookalike: bool
    reason: str = ""


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """How many stored vectors were protected anew."""

    vectors: int


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A recogniser, or a pair of them.

    licence, source, sha256: of the file that the site added, empty for the one that ships alone;
    ready: there are thresholds for it.
    """

    id: str
    licence: str
    source: str
    sha256: str
    ready: bool
    in_use: bool


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """All recognisers.

    come_again: people who must enrol again, because another recogniser made their template.
    """

    models: list[Model]
    come_again: list[str]


class GateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """One gate of a profile.

    label, unit, digits, percent: how to show it; warns_only: it never rejects; lower, upper:
    whether a value can be too low or too high.
    """

    gate: str
    label: str
    unit: str
    digits: int
    percent: bool
    warns_only: bool
    fixed: bool
    lower: bool
    upper: bool
    reject_below: float | None
    warn_below: float | None
    warn_above: float | None
    reject_above: float | None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A screening profile. own: the site made it; it did not ship."""

    name: str
    version: int
    own: bool
    in_use: bool
    gates: list[GateLimits]


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """All screening profiles."""

    profiles: list[Profile]


class NewLimits(msgspec.Struct, frozen=True, kw_only=True):
    """New limits of one gate. None: no limit on this side."""

    gate: str
    reject_below: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    reject_above: float | None = None


class SaveProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Saves the limits as the site's own profile of this name."""

    name: str
    gates: list[NewLimits]


class ByName(msgspec.Struct, frozen=True, kw_only=True):
    """Names a profile."""

    name: str


class TryProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Limits to try on the site's newest photos."""

    gates: list[NewLimits]


class TriedPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of the site, judged by the limits that are tried.

    was: its outcome when it was screened; gates: labels of the gates that it does not pass.
    """

    id: str
    employee: str
    slot: int
    at: datetime
    was: str
    now: str
    gates: list[str]


class TriedGate(msgspec.Struct, frozen=True, kw_only=True):
    """How many photos one gate warned about, and how many it rejected."""

    gate: str
    warned: int
    rejected: int


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What the limits would have made of the site's newest photos.

    photos: the newest few, and all whose outcome changes.
    """

    count: int
    passed: int
    warned: int
    rejected: int
    gates: list[TriedGate]
    photos: list[TriedPhoto]


class BeginCapture(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the person at the desk agreed to the text with this digest."""

    employee_id: str
    digest: str
    agreed: bool


class AddPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """Adds a photo. jpeg: any picture file; slot: from 1; a photo in this slot is replaced."""

    capture_id: str
    slot: int
    jpeg: bytes


class RemovePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """Removes the photo in this slot."""

    capture_id: str
    slot: int


class CapturePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """One photo of a capture. state: received or screened."""

    slot: int
    state: str
    outcome: str
    quality: float
    summary: str
    findings: list[GateRow]
    best_because: str


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """Photos of one person that are being taken at the desk.

    id: empty before the consent; agreed: the person has agreed, now or before, so that a no
    withdraws the consent; texts: what they are asked to agree to, in every language; profile: the
    limits that the photos must meet.
    """

    id: str
    employee_id: str
    employee: str
    number: str
    status: Status
    status_text: str
    agreed: bool
    texts: list[ShownText]
    photos_asked: int
    photos: list[CapturePhoto]
    profile: Profile


class SubmitCapture(msgspec.Struct, frozen=True, kw_only=True):
    """Submits the photos. best: the slot of the one that was chosen."""

    capture_id: str
    best: int


most_similar = operation("faces.most_similar", Nothing, SimilarPairs, ADMIN)
set_known_lookalike = operation("faces.set_known_lookalike", SetKnownLookalike, SimilarPairs, ADMIN)
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
