"""T21, CO11: every page and dialog in a made-up language that marks its texts and is 40 % longer.

Nothing is left in English, and no text is cut, on a laptop and where all is drawn at 200 %.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.bench.store_fill import SECONDS_APART
from console.bench.store_site import Sizes, sqlite_site
from console.demo.site import DemoSite
from console.domain.language import msgid
from console.store.schema import Employee, Terminal
from tests.catalogue.sources import extracted
from tests.conftest import ROOT
from tests.support.made_up_console import MADE_UP, PASSWORD
from tests.support.made_up_language import LONGER, made_up, unmarked

SCREENS = {"laptop": (1366, 768), "200 %": (683, 340)}
SIZES = Sizes(people=40, logins=200)
Found = dict[str, dict[str, list[str]]]


class MadeUpSite(DemoSite):
    """Its service speaks the made-up language, too."""

    @property
    def command(self) -> list[str]:
        """As that of any site, but for the language."""
        interpreter, option, _, *arguments = super().command
        return [interpreter, option, "tests.support.made_up_service", *arguments]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data of a running site that holds people, terminals and logins without Latin letters."""
    folder = tmp_path_factory.mktemp("site")
    with sqlite_site(folder, SIZES) as site:
        site.start = datetime.now(UTC) - SIZES.logins * timedelta(seconds=SECONDS_APART)
        site.fill()
        with site.store.write() as tx:
            tx.execute(sa.update(Employee).values(first_name="Νίνα", department="Άλφα"))
            digits = sa.func.replace(Terminal.serial, "BENCH", "70")
            tx.execute(sa.update(Terminal).values(name="Πύλη", serial=digits))
    with MadeUpSite(folder) as demo:
        with demo.client() as client:
            client.set_up(MADE_UP, "Όνομα", PASSWORD, "Σταθμός")
        yield folder


@pytest.fixture(scope="module")
def on_screens(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """Looked at once on each screen, whatever the order of the tests."""
    return {name: _look(folder, SCREENS[name], tmp_path_factory) for name in SCREENS}


@pytest.fixture(params=list(SCREENS))
def found(request: pytest.FixtureRequest, on_screens: dict[str, Found]) -> Found:
    """Of each page and dialog: what is in English, and what is cut."""
    return on_screens[request.param]


def _look(folder: Path, size: tuple[int, int], folders: pytest.TempPathFactory) -> Found:
    width, height = size
    place = {"name": "one", "x": 0, "y": 0, "width": width, "height": height}
    screen = folders.mktemp("screen") / "screen.json"
    look = {"dpr": 1, "logicalDpi": 96, "logicalBaseDpi": 96}
    screen.write_text(json.dumps({"screens": [place | look]}))
    command = [sys.executable, "-m", "tests.support.made_up_console", str(folder), str(screen)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_made_up_language_marks_all_but_values_and_is_longer() -> None:
    text = msgid("Page {page} of {all}")
    said = made_up(text).format(page=3, all="Νίνα")
    assert unmarked(said).split() == ["3", "Νίνα"]
    assert unmarked("⟦a ⟦b⟧ c⟧ d").split() == ["d"]
    texts = [str(one.id) for one in extracted() if isinstance(one.id, str) and one.id]
    assert sum(map(len, map(made_up, texts))) >= LONGER * sum(map(len, texts))


BY_OTHER_MEANS = frozenset({"FingersPage", "HelpDialog"})
"""What these show is in every language, and not by the marks: sentences of the bridge, which are
recognised by real catalogues (`kept_texts`), and the help, which is a file for each language."""


def in_english(found: Found) -> dict[str, list[str]]:
    return {name: it["english"] for name, it in found.items() if it["english"]}


def test_T21_nothing_is_left_in_english(found: Found) -> None:
    assert len(found) > 40
    assert set(in_english(found)) == BY_OTHER_MEANS, in_english(found)


def test_CO11_no_text_that_is_40_percent_longer_is_cut(found: Found) -> None:
    assert not {name: it["cut"] for name, it in found.items() if it["cut"]}
