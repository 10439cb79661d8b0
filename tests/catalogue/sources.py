"""Which texts are said to people, read from the sources: Python, TypeScript and templates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from console.domain import audit_words, desk_events, texts
from console.domain.campaigns import LeftOut
from console.domain.consent import BASIS_WORDS
from console.domain.employees import STANDING_WORDS
from console.domain.fingers import FingerPosition
from console.domain.funnel import STAGE_LABELS, WHY_WORDS
from console.domain.help_text import HelpPage
from console.domain.invitations import STATUS_LABELS
from console.domain.language import ENGLISH, MONTHS, SHORT_MONTHS
from console.domain.login_policy import TABLE
from console.domain.retention import RULES
from console.domain.screening import GATES, REFUSALS, WHY_BEST
from console.domain.today import GROUP_WORDS, KINDS, LISTED, SOURCE_WORDS
from console.domain.why import REASONS, STAMPS
from console.service.enrolment.emails import PHOTOS_IN_WORDS
from console.service.outbox import SUBJECTS
from console.service.people.receipts import BACKUPS, KEPT
from console.store.queries.purge import LOGINS, kinds_of_rows
from tests.conftest import ROOT

KEYWORDS = {"tr": None, "tr_count": (1, 2), "msgid": None, "worded": None, "t": None}
TREES = (
    ("bridge", "cameras.py"),
    ("bridge/readers", "*.py"),
    ("bridge/terminals", "**/*.py"),
    ("console/biometrics", "**/*.py"),
    ("console/desktop", "**/*.py"),
    ("console/domain", "*.py"),
    ("console/kiosk", "**/*.py"),
    ("console/qt", "*.py"),
    ("console/service", "**/*.py"),
    ("console/store", "**/*.py"),
    ("console/updates", "*.py"),
    ("resources/email", "*"),
    ("resources/portal/src", "*.ts"),
    ("resources/portal/templates", "*.html"),
)
"""Folders, and which of their files."""
PAGE = "resources/portal/src/"
"""What is said by the page itself, which is handed its texts as a file."""
_METHODS = {".py": "python", ".ts": "javascript"}
_FOR_OPERATORS = frozenset({"ENROL_STEP_LINK", "ENROL_STEP_SCREEN", "ENROL_STEP_APPROVE", "HELP"})
"""Names in `domain/texts.py`."""


def extracted() -> Catalog:
    """Every text, with the files in which it stands."""
    found = Catalog()
    for folder, pattern in TREES:
        for path in sorted((ROOT / folder).glob(pattern)):
            place = path.relative_to(ROOT).as_posix()
            method: Any = _METHODS.get(path.suffix, babel_extract)
            for _, text, _, _ in extract_from_file(method, path, keywords=KEYWORDS):
                found.add(text, locations=[(place, 1)])
    for module, words in _tables():
        for text in filter(None, words):
            found.add(text, locations=[(f"console/{module}.py", 1)])
    return found


def _tables() -> Iterator[tuple[str, list[str]]]:
    """Texts that are not said where they stand: (module, texts)."""
    named = [(name, value) for name, value in vars(texts).items() if name.isupper()]
    said = [value for name, value in named if name not in _FOR_OPERATORS]
    yield "domain/texts", [text for value in said for text in _strings(value)]
    gates = GATES.values()
    words = [(one.label, one.unit, one.low, one.high, one.flaw) for one in gates]
    yield "domain/screening", [text for gate in words for text in gate if len(text) > 2]
    yield "domain/screening", [*REFUSALS.values(), *WHY_BEST.values()]
    yield "domain/retention", [rule.sentence for rule in RULES.values()]
    yield "domain/retention", [text for rule in RULES.values() for text in (rule.what, rule.since)]
    yield "domain/employees", list(STANDING_WORDS.values())
    yield "service/people/receipts", [*KEPT, BACKUPS]
    yield "store/queries/purge", [*kinds_of_rows(), LOGINS]
    yield "domain/retention", [text for rule in RULES.values() for text in (rule.what, rule.after)]
    yield "domain/audit_words", [*_strings(audit_words.ACTS), *_strings(audit_words.FIELDS)]
    yield "domain/audit_words", [*_strings(audit_words.MODALITIES), *_strings(audit_words.DETAILS)]
    yield "domain/campaigns", [reason.value for reason in LeftOut]
    yield "domain/employees", list(STANDING_WORDS.values())
    yield "domain/funnel", [*STAGE_LABELS.values(), *WHY_WORDS.values()]
    yield "domain/invitations", list(STATUS_LABELS.values())
    yield "domain/today", [*GROUP_WORDS.values(), *SOURCE_WORDS.values(), *LISTED.values()]
    yield "domain/today", [text for kind in KINDS.values() for text in (kind.one, kind.many)]
    yield "domain/consent", list(BASIS_WORDS.values())
    help_pages = sorted((ROOT / "resources" / "help" / ENGLISH).glob("*.md"))
    read = [HelpPage(name=path.stem, text=path.read_text("utf-8")) for path in help_pages]
    yield "domain/help_text", [page.title for page in read]
    yield "domain/language", [*MONTHS, *SHORT_MONTHS]
    yield "domain/campaigns", list(LeftOut)
    yield "domain/desk_events", _said_at_the_desk()
    yield "domain/funnel", [*STAGE_LABELS.values(), *WHY_WORDS.values()]
    yield "domain/why", [*REASONS.values(), *STAMPS.values()]
    yield "domain/login_policy", [line.sentence for line in TABLE]
    yield "domain/fingers", [one.words for one in FingerPosition]
    yield "service/enrolment/emails", list(PHOTOS_IN_WORDS.values())
    yield "service/outbox", list(SUBJECTS.values())


def _said_at_the_desk() -> list[str]:
    named = vars(desk_events).items()
    return [text for name, text in named if name.isupper() and isinstance(text, str)]


def _strings(value: object) -> Iterator[str]:
    """The texts in a constant: itself, or those of a tuple or table."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        yield from _strings(tuple(value.values()))


def files_of(language: str) -> tuple[Path, Path, Path]:
    """What translators write, what the programs read, and what the page is handed."""
    locale = ROOT / "resources" / "locale"
    page = ROOT / "resources" / "portal" / "static" / f"{language}.json"
    return locale / f"{language}.po", locale / f"{language}.mo", page
