"""What a translation of the consent texts consists of; the type checker finds what is missing.

Each part has the meaning of the English one. In braces stands what the site fills in: {site}, its
name, and for how long it keeps what: {approved}, {rejected}, {left}, {unused}.
"""

from dataclasses import dataclass

from console.domain.retention import SpanWords


@dataclass(frozen=True, kw_only=True)
class Sections:
    """One text for each section, in the order in which they are read."""

    kept: str
    purpose: str
    how_long: str
    refusal: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the buttons beneath a text say. start: agrees to the face where photos come next."""

    agree: str
    start: str
    decline: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Both texts in one language, and what the portal shows around them.

    language: its tag (BCP 47); name: what its speakers call it; spans: how it says 30 days; why:
    the heading of the purposes.
    """

    language: str
    name: str
    spans: SpanWords
    headings: Sections
    face_intro: str
    face: Sections
    finger_intro: str
    finger: Sections
    answers: Answers
    why: str
    purposes: tuple[str, ...]
