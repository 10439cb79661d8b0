"""CO19: help for every page, offline: F1 opens it, ? shows the keys; it names what there is."""

import re

import pytest
from PyQt6.QtCore import QByteArray, Qt, QUrl
from PyQt6.QtGui import QKeySequence, QTextDocument
from PyQt6.QtWidgets import QLabel, QWidget

from console.desktop.dialogs.help_dialog import HelpDialog
from console.desktop.dialogs.keys_dialog import KeysDialog
from console.desktop.help_pages import BEGINNING, help_name, help_pages
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.review import ReviewPage
from console.desktop.sections import SECTIONS
from console.desktop.shell import Shell
from console.domain.help_text import LAST_HEADING, HelpPage
from console.domain.language import ENGLISH, LANGUAGES, tr
from console.qt.language import use_language
from console.qt.shortcuts import keys_of
from console.resources import RESOURCES
from tests.catalogue.test_catalogue import SAME
from tests.qt.conftest import open_page
from tests.support.page_texts import texts_of

KINDS = [page for _, group in SECTIONS for page, *_ in group]
BY_NAME = {kind.__module__.rpartition(".")[2]: kind for kind in KINDS}
OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]
QT_KEYS = {"Alt+Down", "Ctrl+A", "Enter", "Esc", "Tab"}
"""Of tables, dialogs and forms by themselves; Enter opens a row, Alt+Down a list or a calendar."""
MOST_WORDS = 420
"""A page of the help is read in two minutes."""


def test_every_page_has_its_help_and_no_help_is_left_over() -> None:
    assert set(help_pages()) == {BEGINNING, *BY_NAME}
    for name, kind in BY_NAME.items():
        assert help_pages()[name].title == kind.title


@pytest.mark.parametrize("name", [BEGINNING, *BY_NAME])
def test_a_help_page_names_only_what_its_page_shows(name: str) -> None:
    """Names of buttons, fields and states stand in bold, word for word."""
    page = help_pages()[name]
    shown = texts_of("console.desktop.pages.sign_in") | texts_of(
        BY_NAME[name].__module__ if name in BY_NAME else "console.desktop.widgets.status_bar"
    )
    assert page.named
    titles = {kind.title for kind in KINDS}
    assert not [text for text in page.named if text not in shown | titles]


@pytest.mark.parametrize("name", [BEGINNING, *BY_NAME])
def test_a_help_page_is_short_and_says_what_to_do_when_it_fails(name: str) -> None:
    page = help_pages()[name]
    assert len(page.text.split()) <= MOST_WORDS
    assert f"## {LAST_HEADING}" in page.text
    assert LAST_HEADING not in page.headings
    assert not re.search(r"\]\(|<\w|!\[", page.text), "no links, pictures or HTML"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", [BEGINNING, *BY_NAME])
def test_T21_a_page_says_in_every_language_what_it_says_in_english(
    name: str, language: str
) -> None:
    """Keys, and what the screen calls by name; the names stand there in English."""
    english, other = (
        HelpPage(name=name, text=(RESOURCES / "help" / tag / f"{name}.md").read_text("utf-8"))
        for tag in (ENGLISH, language)
    )
    assert other.title == english.title
    assert sorted(other.named) == sorted(english.named)
    assert sorted(other.keys) == sorted(english.keys)
    assert len(other.headings) == len(english.headings)
    assert other.text.count("\n- ") == english.text.count("\n- ")


@pytest.mark.parametrize("language", OTHERS)
def test_T21_help_calls_things_as_the_screen_does(language: str) -> None:
    use_language(language)
    pages = help_pages()
    assert set(pages) == {BEGINNING, *BY_NAME}
    for name in BY_NAME:
        english = (RESOURCES / "help" / ENGLISH / f"{name}.md").read_text("utf-8")
        kept = set(HelpPage(name=name, text=english).named).intersection(pages[name].named)
        assert kept <= SAME, "names that are not translated"
        assert tr(LAST_HEADING) in pages[name].text and tr(LAST_HEADING) != LAST_HEADING
        assert LAST_HEADING not in pages[name].text


def test_the_keys_that_help_names_exist_on_its_page(shell: Shell) -> None:
    everywhere = {key.key for key in shell.aids.everywhere()}
    everywhere |= {f"Ctrl+{number}" for number in range(1, 10)} | QT_KEYS
    for name, kind in BY_NAME.items():
        page = open_page(shell, kind)
        there = {key.key for key in (*page.keys, *keys_of(page))}
        named = set(help_pages()[name].keys)
        assert named <= there | everywhere, name
        assert there <= named | everywhere, f"{name}: every key of the page is told"
    assert set(help_pages()[BEGINNING].keys) <= everywhere


def test_f1_opens_the_help_of_the_page_one_is_on(shell: Shell, qtbot) -> None:
    open_page(shell, ReviewPage)
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    qtbot.keyClick(shell, Qt.Key.Key_F1)
    dialog = shell.findChild(HelpDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    assert dialog.reader.name == "review"
    assert not dialog.isModal(), "the console can be used meanwhile"
    assert "possible duplicate" in dialog.reader.toPlainText().casefold()
    assert help_name(None) == BEGINNING


def test_the_question_mark_shows_the_keys_of_the_page(shell: Shell, qtbot) -> None:
    open_page(shell, EmployeesPage)
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    qtbot.keyClick(shell, Qt.Key.Key_Question)
    dialog = shell.findChild(KeysDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    said = [part.text() for part in dialog.findChildren(QLabel)]
    assert said.index("Ctrl+N") < said.index("Add an employee") < said.index("Everywhere")
    assert said[said.index("Ctrl+L") + 1] == "Sign out"
    dialog.reject()


@pytest.fixture
def opened(themed, qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = HelpDialog(owner)
    yield dialog
    assert owner.parent() is None  # kept until here, and the dialog with it


def test_the_help_is_searched_and_shows_the_place(opened: HelpDialog, qtbot) -> None:
    opened.open_help("today")
    assert opened.reader.name == "today"
    qtbot.keyClicks(opened.search, "usb stick")
    first = opened.list.item(0)
    assert first is not None and opened.list.count() == 1
    assert first.text().startswith("Terminals\n") and "USB stick" in first.text()
    assert opened.reader.name == "terminals"
    assert opened.reader.textCursor().selectedText().casefold() == "usb"
    opened.search.setText("no such words anywhere")
    assert opened.list.count() == 0 and opened.nothing.isVisible()


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "../../../etc/passwd",
        "//server/share/review.md",
    ],
)
def test_N_a_hostile_link_leads_nowhere_and_nothing_is_loaded(
    opened: HelpDialog, link: str
) -> None:
    opened.open_help("today")
    opened.reader.anchorClicked.emit(QUrl(link))
    assert opened.reader.name == "today"
    document = opened.reader.document()
    assert document is not None
    loaded = document.resource(QTextDocument.ResourceType.ImageResource, QUrl(link))
    assert loaded == QByteArray()
    assert not opened.reader.openLinks() and not opened.reader.openExternalLinks()


def test_a_link_to_another_page_of_the_help_is_followed(opened: HelpDialog) -> None:
    opened.open_help("today")
    opened.reader.anchorClicked.emit(QUrl("review.md"))
    assert opened.reader.name == "review"


def test_a_key_is_written_as_qt_writes_it() -> None:
    for page in help_pages().values():
        for key in page.keys:
            assert QKeySequence(key).toString(), key
    assert HelpPage(name="x", text="# Title\nPress `F5` and **Save**.").keys == ["F5"]
