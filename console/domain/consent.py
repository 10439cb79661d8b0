"""Consent: the text that a person agreed to, identified by its hash."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import timedelta
from enum import StrEnum

from console.domain.consent_texts.chinese import CHINESE
from console.domain.consent_texts.english import ENGLISH
from console.domain.consent_texts.malay import MALAY
from console.domain.consent_texts.wording import Sections, Wording
from console.domain.errors import Invalid
from console.domain.language import tr
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
"""Of the texts in force, in whatever language. Who agreed to an earlier one is asked again."""
WORDINGS = {words.language: words for words in (ENGLISH, MALAY, CHINESE)}
"""The languages of the texts, by their tags, in the order in which they are offered."""
STATED = (Kept.APPROVED, Kept.REJECTED, Kept.LEFT, Kept.UNUSED)
"""How long these are kept stands in the texts."""
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
        raise Invalid(
            "answer_days",
            tr("Enter {least} to {most} days.", least=LEAST_ANSWER_DAYS, most=MOST_ANSWER_DAYS),
        )
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


def face_consent(kept: KeptDays, language: str = "en") -> ConsentText:
    """The text about the face, with the times for which this site keeps what."""
    words = WORDINGS[language]
    return _text(FACE_VERSION, words, words.face_intro, words.face, kept)


def finger_consent(kept: KeptDays, language: str = "en") -> ConsentText:
    """The same about fingers."""
    words = WORDINGS[language]
    return _text(FINGER_VERSION, words, words.finger_intro, words.finger, kept)


def consent_texts(modality: str, kept: KeptDays) -> list[ConsentText]:
    """The text in force about the face, or fingers, in every language."""
    text = {FACE: face_consent, FINGER: finger_consent}[modality]
    return [text(kept, language) for language in WORDINGS]


def language_name(language: str) -> str:
    """What its speakers call it; a language without texts is named by its tag."""
    return WORDINGS[language].name if language in WORDINGS else language


def _text(
    version: int, words: Wording, intro: str, sections: Sections, kept: KeptDays
) -> ConsentText:
    spans = {kind.value: in_words(kept[kind], words.spans) for kind in STATED}
    return ConsentText(
        version=version,
        language=words.language,
        intro=intro,
        paragraphs=tuple(
            (heading, body.format(site="{site}", **spans))
            for heading, body in zip(astuple(words.headings), astuple(sections), strict=True)
        ),
    )
