"""CO19: help pages as text, and how they are searched."""

from gettext import NullTranslations

from console.domain.help_text import LAST_HEADING, HelpPage, find_help, name_as_shown
from console.domain.language import speaking

LOG = HelpPage(
    name="logins",
    text="# Login log\n\nEvery login.\n\n- **Refused**: press `Ctrl+E` to export a backup.\n",
)
BACKUPS = HelpPage(name="backups", text="# Backups\n\n1. Choose **Verify**.\n2. Read the log.\n")


def test_a_page_has_a_title_names_and_keys() -> None:
    assert LOG.title == "Login log"
    assert LOG.named == ["Refused"]
    assert LOG.keys == ["Ctrl+E"]


def test_all_words_must_be_there_and_titles_come_first() -> None:
    found = find_help([LOG, BACKUPS], "backup")
    assert [one.page.name for one in found] == ["backups", "logins"]
    assert [one.page.name for one in find_help([LOG, BACKUPS], "LOG verify")] == ["backups"]
    assert find_help([LOG, BACKUPS], "nowhere log") == []


def test_what_is_shown_is_the_line_without_its_marks() -> None:
    (found,) = find_help([LOG], "export")
    assert found.line == "Refused: press Ctrl+E to export a backup."
    (found,) = find_help([BACKUPS], "verify")
    assert found.line == "Choose Verify."


def test_without_words_every_page_is_found_with_its_first_line() -> None:
    lines = [one.line for one in find_help([LOG, BACKUPS], "  ")]
    assert lines == ["Every login.", "Choose Verify."]


def test_headings_are_the_parts_of_a_page_but_for_the_one_that_all_have() -> None:
    text = f"# Tasks\n\nWhat runs.\n\n## Look\n\nHere.\n\n## {LAST_HEADING}\n\nRead why.\n"
    assert HelpPage(name="tasks", text=text).headings == ["Look"]
    assert LOG.headings == []


class Shouting(NullTranslations):
    """A language in which everything is said in capitals."""

    def gettext(self, message: str) -> str:
        return message.upper()


def test_T21_a_page_calls_things_as_the_screen_does_in_its_language() -> None:
    text = f"# Tasks\n\nPilih **Cancel**.\n\n## Lihat\n\n## {LAST_HEADING}\n\n- **Failed**: baca.\n"
    with speaking(Shouting()):
        page = HelpPage(name="tasks", text=name_as_shown(text))
        assert (page.title, page.named) == ("TASKS", ["CANCEL", "FAILED"])
        assert page.headings == ["Lihat"]
    assert name_as_shown(text) == text
