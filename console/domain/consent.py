"""Consent: the text that a person agreed to, identified by its hash."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from console.domain.errors import Invalid
from console.domain.retention import Kept, KeptDays, in_words

FACE = "face"
"""What a person agrees to by their link or at the desk before a photo is taken."""
FINGER = "finger"
"""What a person agrees to at the desk before a finger is scanned."""
STATED_FINGER = "finger_stated"
"""What an operator states of the fingers that a terminal had already: on what they may be used."""
STATEMENT_CHARS = 300
FACE_VERSION, FINGER_VERSION = 3, 3
TEXT_VERSIONS = {FACE: FACE_VERSION, FINGER: FINGER_VERSION}
"""Of the texts in force. Who agreed to an earlier one is asked again."""
ANSWER_DAYS, LEAST_ANSWER_DAYS, MOST_ANSWER_DAYS = 30, 14, 180
"""How long people have to answer about another text: what ships, and the bounds of the setting."""
REMINDERS = (timedelta(days=7), timedelta(days=2))
"""How long before the time is over a reminder is sent."""


class LawfulBasis(StrEnum):
    """On what a site bases the use of faces and fingers (GDPR, article 9(2))."""

    CONSENT = "consent"
    EMPLOYMENT_LAW = "employment_law"
    PUBLIC_INTEREST = "public_interest"


BASIS_WORDS = {
    LawfulBasis.CONSENT: "Consent of the person",
    LawfulBasis.EMPLOYMENT_LAW: "Employment law, or a collective agreement",
    LawfulBasis.PUBLIC_INTEREST: "A law in the substantial public interest",
}


def checked_answer_days(days: int) -> int:
    """How long people have to answer. Raises Invalid."""
    if not LEAST_ANSWER_DAYS <= days <= MOST_ANSWER_DAYS:
        raise Invalid("answer_days", f"From {LEAST_ANSWER_DAYS} to {MOST_ANSWER_DAYS} days.")
    return days


@dataclass(frozen=True)
class ConsentText:
    """One version of the text in one language. Paragraphs are (heading, body)."""

    version: int
    language: str
    intro: str
    paragraphs: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 over everything the person was shown."""
        parts = [
            str(self.version),
            self.language,
            self.intro,
            *(text for pair in self.paragraphs for text in pair),
        ]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def face_consent(kept: KeptDays) -> ConsentText:
    """The text about the face, with the times for which this site keeps what."""
    left, unused = in_words(kept[Kept.LEFT]), in_words(kept[Kept.UNUSED])
    approved, rejected = in_words(kept[Kept.APPROVED]), in_words(kept[Kept.REJECTED])
    return ConsentText(
        version=FACE_VERSION,
        language="en",
        intro="{site} would like to use your face to open doors and log you in. Photos that you "
        "send by your link are sealed on your own device, and opened only at {site}.",
        paragraphs=(
            (
                "What is kept",
                "A template, and the picture that terminals compare with. Your photos are deleted "
                f"{approved} after approval, and {rejected} after they were rejected. "
                "A template is not a photo, but a likeness can be reconstructed from one, so we "
                "treat it as biometric personal data: "
                "it is encrypted, and it can be revoked and re-issued.",
            ),
            (
                "What it is for",
                "Time attendance and door access on the terminals of {site} (QF Master and QF "
                "Master Plus among them), and nothing else. "
                "Nothing leaves {site}.",
            ),
            ("How long", _how_long(left, unused)),
            ("You may say no", "You then use your number instead. There is no disadvantage."),
        ),
    )


def finger_consent(kept: KeptDays) -> ConsentText:
    """The same about fingers."""
    left, unused = in_words(kept[Kept.LEFT]), in_words(kept[Kept.UNUSED])
    return ConsentText(
        version=FINGER_VERSION,
        language="en",
        intro="{site} would like to use your fingerprints to open doors and log you in. Please "
        "read this before you decide.",
        paragraphs=(
            (
                "What is kept",
                "Where the ridges of your finger end or fork, as a template. The picture of the "
                "finger is not kept. A template is "
                "not a picture, but it is biometric personal data: it is encrypted, and it can be "
                "deleted and made anew.",
            ),
            (
                "What it is for",
                "Time attendance and door access on the terminals and login screens of {site}, and "
                "nothing else. Nothing leaves {site}.",
            ),
            ("How long", _how_long(left, unused)),
            ("You may say no", "You then use your number instead. There is no disadvantage."),
        ),
    )


def _how_long(left: str, unused: str) -> str:
    return (
        f"Until you withdraw your consent, until {left} after you leave, or until {unused} after "
        f"your last login, whichever is first. You can withdraw at any time: by the link at the "
        "foot of every email to you, at the desk, or through your administrator."
    )
