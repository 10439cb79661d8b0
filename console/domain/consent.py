"""Consent: the text that a person agreed to, identified by its hash."""

import hashlib
from dataclasses import dataclass

FACE = "face"
"""What a person agrees to by their link or at the desk before a photo is taken."""
FINGER = "finger"
"""What a person agrees to at the desk before a finger is scanned."""
STATED_FINGER = "finger_stated"
"""What an operator states of the fingers that a terminal had already: on what they may be used."""
STATEMENT_CHARS = 300


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


CONSENT = ConsentText(
    version=1,
    language="en",
    intro="We would like to use your face to open doors and log you in. Your photos are sealed on "
    "this device and opened only at {site}.",
    paragraphs=(
        (
            "What is kept",
            "A template and the photo you choose. The other photos are deleted 30 days after "
            "approval. "
            "A template is not a photo, but a likeness can be reconstructed from one, so we treat "
            "it as biometric personal data: "
            "it is encrypted, and it can be revoked and re-issued.",
        ),
        (
            "What it is for",
            "Time attendance and door access on the terminals of {site} (QF Master and QF Master "
            "Plus among them), and nothing else. "
            "Nothing leaves the house.",
        ),
        (
            "How long",
            "Until you leave or withdraw your consent. You can withdraw at any time; ask your "
            "administrator.",
        ),
        ("You may say no", "You then use your number instead. There is no disadvantage."),
    ),
)
FINGER_CONSENT = ConsentText(
    version=1,
    language="en",
    intro="{site} would like to use your fingerprints to open doors and log you in. Please read "
    "this before a finger is put on the reader.",
    paragraphs=(
        (
            "What is kept",
            "Where the ridges of your finger end or fork, as a template. The picture of the finger "
            "is not kept. A template is "
            "not a picture, but it is biometric personal data: it is encrypted, and it can be "
            "deleted and made anew.",
        ),
        (
            "What it is for",
            "Time attendance and door access on the terminals and login screens of {site}, and "
            "nothing else. Nothing leaves the house.",
        ),
        (
            "How long",
            "Until you leave or withdraw your consent. You can withdraw at any time, here or with "
            "your administrator.",
        ),
        ("You may say no", "You then use your number instead. There is no disadvantage."),
    ),
)
