"""Which texts are said to people, read from the sources: Python, TypeScript and templates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from console.domain import texts
from console.domain.consent import BASIS_WORDS
from console.domain.fingers import FingerPosition
from console.domain.language import MONTHS, SHORT_MONTHS
from console.domain.login_policy import TABLE
from console.domain.retention import RULES
from console.domain.screening import GATES, REFUSALS, WHY_BEST
from console.domain.why import REASONS, STAMPS
from console.service.enrolment.emails import PHOTOS_IN_WORDS
from console.service.outbox import SUBJECTS
from tests.conftest import ROOT

KEYWORDS = {"tr": None, "tr_count": (1, 2), "msgid": None, "t": None}
TREES = (
    ("console/desktop", "link_sheet.py"),
    ("console/desktop/dialogs", "appearance_dialog.py"),
    ("console/domain", "*.py"),
    ("console/kiosk", "**/*.py"),
    ("console/qt", "hands_view.py"),
    ("console/service", "**/*.py"),
    ("resources/email", "*"),
    ("resources/portal/src", "*.ts"),
    ("resources/portal/templates", "*.html"),
    ("console/desktop", "list_file.py"),
    ("console/desktop", "list_paper.py"),
    ("console/desktop", "login_words.py"),
    ("console/desktop/dialogs", "log_coverage_dialog.py"),
    ("console/desktop/dialogs", "login_export_dialog.py"),
    ("console/desktop/flows", "login_list.py"),
    ("console/desktop/pages", "audit.py"),
    ("console/desktop/pages", "logins.py"),
    ("console/desktop/pages", "tasks.py"),
    ("console/desktop/widgets", "audit_filter.py"),
    ("console/desktop/widgets", "callers_bar.py"),
    ("console/desktop/widgets", "chart_words.py"),
    ("console/desktop/widgets", "day_calendar.py"),
    ("console/desktop/widgets", "day_field.py"),
    ("console/desktop/widgets", "department_field.py"),
    ("console/desktop/widgets", "export_strip.py"),
    ("console/desktop/widgets", "login_charts.py"),
    ("console/desktop/widgets", "login_filter.py"),
    ("console/desktop/widgets", "login_player.py"),
    ("console/desktop/widgets", "repeat_choice.py"),
    ("console/desktop/widgets", "saved_views.py"),
    ("console/desktop/widgets", "span_choice.py"),
    ("console/desktop/widgets", "task_strip.py"),
    ("console/desktop/widgets", "why_panel.py"),
)
"""Folders, and which of their files."""
PAGE = "resources/portal/src/"
"""What is said by the page itself, which is handed its texts as a file."""
_METHODS = {".py": "python", ".ts": "javascript"}
_FOR_OPERATORS = frozenset(
    {"ENROL_STEP_LINK", "ENROL_STEP_SCREEN", "ENROL_STEP_APPROVE", "SKIP_SETTING_LABEL", "HELP"}
)
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
    yield "domain/consent", list(BASIS_WORDS.values())
    yield "domain/language", [*MONTHS, *SHORT_MONTHS]
    yield "domain/why", [*REASONS.values(), *STAMPS.values()]
    yield "domain/login_policy", [line.sentence for line in TABLE]
    yield "domain/fingers", [one.words for one in FingerPosition]
    yield "service/enrolment/emails", list(PHOTOS_IN_WORDS.values())
    yield "service/outbox", list(SUBJECTS.values())


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
