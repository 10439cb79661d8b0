"""The texts in English. Whoever changes them gives them the next version, in every language."""

from console.domain.consent_texts.wording import Answers, Sections, Wording
from console.domain.retention import ENGLISH_SPANS
from console.domain.texts import PURPOSES

_HOW_LONG = (
    "Until you withdraw your consent, until {left} after you leave, or until {unused} after "
    "your last login, whichever is first. You can withdraw at any time: by the link at the "
    "foot of every email to you, at the desk, or through your administrator."
)
_REFUSAL = "You then use your number instead. There is no disadvantage."

ENGLISH = Wording(
    language="en",
    name="English",
    spans=ENGLISH_SPANS,
    headings=Sections(
        kept="What is kept",
        purpose="What it is for",
        how_long="How long",
        refusal="You may say no",
    ),
    face_intro=(
        "{site} would like to use your face to open doors and log you in. Photos that you "
        "send by your link are sealed on your own device, and opened only at {site}."
    ),
    face=Sections(
        kept=(
            "A template, and the picture that terminals compare with. Your photos are deleted "
            "{approved} after approval, and {rejected} after they were rejected. "
            "A template is not a photo, but a likeness can be reconstructed from one, so we "
            "treat it as biometric personal data: "
            "it is encrypted, and it can be revoked and re-issued."
        ),
        purpose=(
            "Time attendance and door access on the terminals of {site} (QF Master and QF "
            "Master Plus among them), and nothing else. "
            "Nothing leaves {site}."
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    finger_intro=(
        "{site} would like to use your fingerprints to open doors and log you in. Please "
        "read this before you decide."
    ),
    finger=Sections(
        kept=(
            "Where the ridges of your finger end or fork, as a template. The picture of the "
            "finger is not kept. A template is "
            "not a picture, but it is biometric personal data: it is encrypted, and it can be "
            "deleted and made anew."
        ),
        purpose=(
            "Time attendance and door access on the terminals and login screens of {site}, and "
            "nothing else. Nothing leaves {site}."
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    answers=Answers(
        agree="I agree",
        start="I agree, start",
        decline="No, use my number",
    ),
    why="Why",
    purposes=PURPOSES,
)
