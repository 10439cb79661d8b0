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
from console.domain.invitations import STATUS_LABELS
from console.domain.language import MONTHS, SHORT_MONTHS
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
    ("console/desktop", "link_sheet.py"),
    ("console/desktop/dialogs", "appearance_dialog.py"),
    ("console/domain", "*.py"),
    ("console/kiosk", "**/*.py"),
    ("console/qt", "hands_view.py"),
    ("console/service", "**/*.py"),
    ("console/store", "**/*.py"),
    ("resources/email", "*"),
    ("resources/portal/src", "*.ts"),
    ("resources/portal/templates", "*.html"),
    ("console/desktop", "words.py"),
    ("console/desktop", "files.py"),
    ("console/desktop/pages", "employees.py"),
    ("console/desktop/pages", "person.py"),
    ("console/desktop/dialogs", "access_dialogs.py"),
    ("console/desktop/dialogs", "consent_dialog.py"),
    ("console/desktop/dialogs", "departments_dialog.py"),
    ("console/desktop/dialogs", "erase_dialog.py"),
    ("console/desktop/dialogs", "erasures_dialog.py"),
    ("console/desktop/dialogs", "groups_dialog.py"),
    ("console/desktop/dialogs", "import_dialog.py"),
    ("console/desktop/dialogs", "imports_dialog.py"),
    ("console/desktop/dialogs", "merge_dialog.py"),
    ("console/desktop/dialogs", "privacy_menu.py"),
    ("console/desktop/dialogs", "receipt_file.py"),
    ("console/desktop/dialogs", "record_file.py"),
    ("console/desktop/dialogs", "record_import_dialog.py"),
    ("console/desktop/dialogs", "retention_dialog.py"),
    ("console/desktop/flows", "access_change.py"),
    ("console/desktop/widgets", "access_panel.py"),
    ("console/desktop/widgets", "consent_text.py"),
    ("console/desktop/widgets", "employee_panel.py"),
    ("console/desktop/widgets", "encoding_choice.py"),
    ("console/desktop/widgets", "list_reading.py"),
    ("console/desktop/widgets", "people_filter.py"),
    ("console/desktop/widgets", "people_list.py"),
    ("console/desktop/widgets", "questions.py"),
    ("console/desktop", "shell.py"),
    ("console/desktop", "navigation.py"),
    ("console/desktop", "sections.py"),
    ("console/desktop", "aids.py"),
    ("console/desktop", "first_steps.py"),
    ("console/desktop", "narrow_bar.py"),
    ("console/desktop", "roles.py"),
    ("console/desktop", "service_process.py"),
    ("console/desktop/palette", "*.py"),
    ("console/desktop/pages", "today.py"),
    ("console/desktop/pages", "settings.py"),
    ("console/desktop/pages", "operators.py"),
    ("console/desktop/pages", "backups.py"),
    ("console/desktop/pages", "sign_in.py"),
    ("console/desktop/dialogs", "about_dialog.py"),
    ("console/desktop/dialogs", "keys_dialog.py"),
    ("console/desktop/dialogs", "help_dialog.py"),
    ("console/desktop/dialogs", "password_dialog.py"),
    ("console/desktop/dialogs", "second_factor_dialog.py"),
    ("console/desktop/dialogs", "sessions_dialog.py"),
    ("console/desktop/dialogs", "recover_dialog.py"),
    ("console/desktop/dialogs", "recovery_key_dialog.py"),
    ("console/desktop/dialogs", "site_key_dialog.py"),
    ("console/desktop/dialogs", "backup_places_dialog.py"),
    ("console/desktop/dialogs", "support_dialog.py"),
    ("console/desktop/dialogs", "updates_dialog.py"),
    ("console/desktop/dialogs", "temporary_password_dialog.py"),
    ("console/desktop/dialogs", "first_steps_dialog.py"),
    ("console/desktop/widgets", "status_bar.py"),
    ("console/desktop/widgets", "title_bar.py"),
    ("console/desktop/widgets", "today_line.py"),
    ("console/desktop/widgets", "first_steps_bar.py"),
    ("console/desktop/widgets", "recovery_bar.py"),
    ("console/desktop/flows", "update_file.py"),
    ("console/qt", "client.py"),
    ("console/qt", "unexpected.py"),
    ("console/qt", "qt_texts.py"),
    ("console/desktop/dialogs", "approval_form.py"),
    ("console/desktop/dialogs", "campaign_dialog.py"),
    ("console/desktop/dialogs", "desk_code_dialog.py"),
    ("console/desktop/dialogs", "in_spite_dialog.py"),
    ("console/desktop/dialogs", "invite_question.py"),
    ("console/desktop/dialogs", "link_rules_dialog.py"),
    ("console/desktop/dialogs", "photo_files_dialog.py"),
    ("console/desktop/flows", "desk_flow.py"),
    ("console/desktop/flows", "link_acts.py"),
    ("console/desktop/flows", "own_decisions.py"),
    ("console/desktop/pages", "desk_photos.py"),
    ("console/desktop/pages", "invitations.py"),
    ("console/desktop/pages", "lookalikes.py"),
    ("console/desktop/pages", "review.py"),
    ("console/desktop/widgets", "campaign_form.py"),
    ("console/desktop/widgets", "desk_photo_panel.py"),
    ("console/desktop/widgets", "funnel_bar.py"),
    ("console/desktop/widgets", "photo_view.py"),
    ("console/desktop/widgets", "review_queue.py"),
    ("console/desktop/widgets", "short_list.py"),
    ("console/desktop/widgets", "undo_bar.py"),
    ("console/qt", "camera_session.py"),
    ("console/qt", "number_box.py"),
    ("console/qt", "questions.py"),
    ("console/qt", "requests.py"),
    ("console/qt", "widgets.py"),
    ("console/desktop", "kiosk_words.py"),
    ("console/desktop", "terminal_needs.py"),
    ("console/desktop", "terminal_words.py"),
    ("console/desktop/dialogs", "adopt_dialog.py"),
    ("console/desktop/dialogs", "doctor_dialog.py"),
    ("console/desktop/dialogs", "finger_dialogs.py"),
    ("console/desktop/dialogs", "finger_records_menu.py"),
    ("console/desktop/dialogs", "model_dialog.py"),
    ("console/desktop/dialogs", "module_password_dialog.py"),
    ("console/desktop/dialogs", "plan_dialog.py"),
    ("console/desktop/dialogs", "reader_dialogs.py"),
    ("console/desktop/dialogs", "roll_out_dialog.py"),
    ("console/desktop/dialogs", "set_aside_dialog.py"),
    ("console/desktop/dialogs", "terminal_forms.py"),
    ("console/desktop/dialogs", "unit_dialogs.py"),
    ("console/desktop/flows", "terminal_life.py"),
    ("console/desktop/flows", "usb_stick.py"),
    ("console/desktop/pages", "fingers.py"),
    ("console/desktop/pages", "kiosks.py"),
    ("console/desktop/pages", "reader_choice.py"),
    ("console/desktop/pages", "screening.py"),
    ("console/desktop/pages", "terminal_panel.py"),
    ("console/desktop/pages", "terminals.py"),
    ("console/desktop/widgets", "finger_panel.py"),
    ("console/desktop/widgets", "gates.py"),
    ("console/desktop/widgets", "kiosk_form.py"),
    ("console/desktop/widgets", "limits_form.py"),
    ("console/desktop/widgets", "rules_editor.py"),
    ("console/desktop/widgets", "terminal_tabs.py"),
    ("console/desktop/widgets", "zone_choice.py"),
    ("console/desktop", "files.py"),
    ("console/qt", "equipment.py"),
    ("console/updates", "*.py"),
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
