"""How well somebody can still be recognised, and what to do next. N15.

Pure: facts go in, findings and one next step come out. The limits are Muster's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.fingers import LEAST_FINGERS, QUALITY_GOOD
from console.domain.invitations import LINK_USABLE, REVIEWABLE, Status
from console.domain.language import msgid, paragraph, tr, tr_count
from console.domain.validity import Standing

FACE_OLD = timedelta(days=3 * 365)
"""Faces change: from then on a new photo is advised."""
TREND = timedelta(days=30)
"""Failed logins of so long are compared with those of as long before."""
FAILED_LEAST, FAILED_SHARE = 3, 0.25
"""So many tries, and such a share of all, must fail in that time before anything is advised."""
NOT_SEEN = timedelta(days=90)
DAYS_OF_YEAR, DAYS_OF_MONTH = 365, 30
"""As ages are told."""


class Level(StrEnum):
    """How well somebody can be recognised."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    NOTHING = "nothing"
    """Nothing is enrolled."""
    AWAY = "away"
    """They belong nowhere now."""


class Step(StrEnum):
    """What would help most; the console has a button for each but NONE and WAIT."""

    NONE = "none"
    WAIT = "wait"
    REVIEW = "review"
    SEND_LINK = "send_link"
    PHOTOS_AT_DESK = "photos_at_desk"
    FINGERS_AT_DESK = "fingers_at_desk"


class Tone(StrEnum):
    """How good a finding is: the tones of the console."""

    GOOD = "pass"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "mut"


@dataclass(frozen=True)
class Tries:
    """Logins at kiosks by one method: how many, and how many did not match."""

    count: int = 0
    failed: int = 0

    @property
    def often_fails(self) -> bool:
        """Whether so many fail that something should be done."""
        return self.failed >= FAILED_LEAST and self.failed >= FAILED_SHARE * self.count


@dataclass(frozen=True)
class Trend:
    """The tries of the last days, and of as many days before."""

    now: Tries = Tries()
    before: Tries = Tries()


@dataclass(frozen=True, kw_only=True)
class FaceFacts:
    """A face in force.

    outcome: what screening said of the photo on file, "" if nobody knows; current: the recogniser
    in use made the template.
    """

    taken_at: datetime
    outcome: str = ""
    current: bool = True


@dataclass(frozen=True, kw_only=True)
class HealthFacts:
    """What is known of a person.

    status: of the newest invitation; fingers: the quality of each (0 to 100); on_terminals: fingers
    that only terminals have templates of; last_seen: the newest login that was accepted.
    """

    standing: Standing
    has_email: bool
    status: Status | None = None
    face: FaceFacts | None = None
    fingers: tuple[int, ...] = ()
    on_terminals: int = 0
    face_tries: Trend = field(default_factory=Trend)
    finger_tries: Trend = field(default_factory=Trend)
    last_seen: datetime | None = None

    @property
    def no_face(self) -> bool:
        """The person has decided against the use of their face."""
        return self.status in (Status.DECLINED, Status.WITHDRAWN, Status.ERASED)


@dataclass(frozen=True)
class Finding:
    """One fact in words."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Health:
    """The level, what it follows from, and the next step in one sentence."""

    level: Level
    findings: tuple[Finding, ...]
    step: Step
    advice: str


def health_of(facts: HealthFacts, now: datetime) -> Health:
    """How well the person can be recognised, and what to do next."""
    findings = (*_of_face(facts, now), *_of_fingers(facts), *_of_logins(facts, now))
    step, advice = _next_step(facts, now)
    return Health(_level(facts, findings), findings, step, advice)


def must_renew_face(facts: HealthFacts, now: datetime) -> bool:
    """Whether a new photo is advised; the list of those to enrol again goes by the same rule."""
    face = facts.face
    return face is not None and (
        not face.current or face.taken_at <= now - FACE_OLD or facts.face_tries.now.often_fails
    )


# findings


def _of_face(facts: HealthFacts, now: datetime) -> Iterator[Finding]:
    face = facts.face
    if face is None:
        words = (
            tr("No face: the person has decided against it.") if facts.no_face else tr("No face.")
        )
        yield Finding(Tone.PLAIN, words)
        return
    age = now - face.taken_at
    if not face.current:
        yield Finding(Tone.BAD, tr("Face: made by a recogniser that is no longer in use."))
    tone = Tone.WARN if age >= FACE_OLD else Tone.GOOD
    yield Finding(tone, tr("Face: {age} old.", age=_age(age)))
    if face.outcome in _OUTCOMES:
        tone, words = _OUTCOMES[face.outcome]
        yield Finding(tone, tr(words))
    yield from _of_tries(FACE_FAILED, facts.face_tries)


FACE_FAILED = msgid("The face failed in {failed:,} of {tries:,} tries in 30 days.")
FINGER_FAILED = msgid("The finger failed in {failed:,} of {tries:,} tries in 30 days.")
_OUTCOMES = {
    "pass": (Tone.GOOD, msgid("Photo: passed all checks.")),
    "warn": (Tone.WARN, msgid("Photo: approved with warnings.")),
    "reject": (Tone.WARN, msgid("Photo: approved although screening rejected it.")),
}


def _of_fingers(facts: HealthFacts) -> Iterator[Finding]:
    count = len(facts.fingers)
    if count:
        poor = sum(quality < QUALITY_GOOD for quality in facts.fingers)
        tone = Tone.WARN if poor or count < LEAST_FINGERS else Tone.GOOD
        yield Finding(tone, _quality(count, poor))
        yield from _of_tries(FINGER_FAILED, facts.finger_tries)
    if facts.on_terminals:
        words = tr_count(
            "{count:,} finger at terminals only; kiosks cannot use it.",
            "{count:,} fingers at terminals only; kiosks cannot use them.",
            facts.on_terminals,
        )
        yield Finding(Tone.PLAIN, words)


def _quality(count: int, poor: int) -> str:
    if poor:
        return tr_count(
            "{count:,} finger, {poor:,} of poor quality.",
            "{count:,} fingers, {poor:,} of poor quality.",
            count,
            poor=poor,
        )
    return tr_count(
        "{count:,} finger of good quality.", "{count:,} fingers of good quality.", count
    )


def _of_tries(sentence: str, trend: Trend) -> Iterator[Finding]:
    if not trend.now.count:
        return
    tone = Tone.BAD if trend.now.often_fails else Tone.GOOD
    now = tr(sentence, failed=trend.now.failed, tries=trend.now.count)
    before = tr(
        "In the 30 days before: {failed:,} of {tries:,}.",
        failed=trend.before.failed,
        tries=trend.before.count,
    )
    yield Finding(tone, paragraph(now, before if trend.before.count else ""))


def _of_logins(facts: HealthFacts, now: datetime) -> Iterator[Finding]:
    if facts.last_seen is None:
        yield Finding(Tone.PLAIN, tr("No login yet."))
        return
    age = now - facts.last_seen
    tone = Tone.WARN if age >= NOT_SEEN else Tone.GOOD
    words = tr("Last login {age} ago.", age=_age(age)) if age.days else tr("Last login today.")
    yield Finding(tone, words)


def _age(age: timedelta) -> str:
    days = max(0, age.days)
    if days >= 2 * DAYS_OF_YEAR:
        return tr_count("{count} year", "{count} years", days // DAYS_OF_YEAR)
    if days >= 2 * DAYS_OF_MONTH:
        return tr_count("{count} month", "{count} months", days // DAYS_OF_MONTH)
    return tr_count("{count} day", "{count} days", days)


def _level(facts: HealthFacts, findings: tuple[Finding, ...]) -> Level:
    if facts.standing is not Standing.IN_FORCE:
        return Level.AWAY
    if facts.face is None and not facts.fingers and not facts.on_terminals:
        return Level.NOTHING
    tones = {finding.tone for finding in findings}
    if Tone.BAD in tones:
        return Level.POOR
    return Level.FAIR if Tone.WARN in tones else Level.GOOD


# the next step


def _next_step(facts: HealthFacts, now: datetime) -> tuple[Step, str]:
    """The step that would help most, and the sentence that says why."""
    if facts.standing is not Standing.IN_FORCE:
        return Step.NONE, tr("Nothing to do: the person belongs nowhere now.")
    if facts.status in REVIEWABLE:
        return Step.REVIEW, tr("Photos wait for a decision: review them.")
    if facts.status in LINK_USABLE:
        return Step.WAIT, tr("The person has a link: wait for their photos.")
    if facts.status in (Status.SUBMITTED, Status.SCREENING):
        return Step.WAIT, tr("The photos are being checked: wait a moment.")
    reason = _why_a_new_face(facts, now)
    if reason and facts.has_email:
        return Step.SEND_LINK, paragraph(reason, tr("Send a link."))
    if reason:
        return Step.PHOTOS_AT_DESK, paragraph(
            reason, tr("Without an email address, take photos at the desk.")
        )
    return _next_finger(facts)


def _why_a_new_face(facts: HealthFacts, now: datetime) -> str:
    if facts.no_face:
        return ""
    if facts.face is None:
        return tr("No face is enrolled.")
    if not must_renew_face(facts, now):
        return ""
    if not facts.face.current:
        return tr("The face cannot be recognised since the recogniser was changed.")
    if facts.face_tries.now.often_fails:
        return tr("The face often does not match.")
    return tr("The photo is old.")


def _next_finger(facts: HealthFacts) -> tuple[Step, str]:
    fingers = facts.fingers
    if fingers and facts.finger_tries.now.often_fails:
        return Step.FINGERS_AT_DESK, tr("Fingers often do not match: scan them again at the desk.")
    if fingers and min(fingers) < QUALITY_GOOD:
        return Step.FINGERS_AT_DESK, tr("A finger is of poor quality: scan it again at the desk.")
    if 0 < len(fingers) < LEAST_FINGERS:
        return Step.FINGERS_AT_DESK, tr("Only one finger is enrolled: scan a second one.")
    if facts.no_face and not fingers and not facts.on_terminals:
        return Step.NONE, tr("Nothing to do: the person uses their number.")
    return Step.NONE, tr("Nothing to do.")
