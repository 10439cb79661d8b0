"""What somebody does in the console whom `bench console` measures, and how long each act took."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QEventLoop, Qt
from PyQt6.QtWidgets import QComboBox

from console.api import review
from console.bench.store_fill import SECONDS_APART
from console.desktop.page import Page
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.review import ReviewPage
from console.desktop.shell import Shell
from console.desktop.widgets.span_choice import Part
from console.qt.client import ServiceClient
from console.qt.tables import PagedModel, Table
from console.qt.timers import timer

SIZE = (1366, 768)
PASSWORD = "four random words here"  # noqa: S105 - of a site that ends with the bench
TICK_MS = 2
ROUNDS, NEXT_PAGES, JUMPS, CHARTS, DECISIONS = 3, 20, 20, 20, 40
PATIENCE_S = 60.0
Took = list[float]


class Day:
    """Somebody who works in the console.

    longest: s that the window answered nothing, at what; acts: each of them, and its s.
    """

    def __init__(self, client: ServiceClient, shell: Shell) -> None:
        self.client, self.shell = client, shell
        self.longest, self.longest_at = 0.0, ""
        self.acts: list[tuple[str, float]] = []
        self._last = 0.0
        self._doing = ""

    def sign_in(self) -> None:
        """As with the form."""
        self.shell.resize(*SIZE)
        self.shell.show()
        self.client.connect_service()
        form = self.shell.sign_in
        self._until("the service", form.go.isEnabled)
        form.username.edit.setText("bench")
        form.password.edit.setText(PASSWORD)
        form.go.click()
        self._until("signing in", lambda: bool(self.shell.pages) and self.client.idle)
        self.longest = 0.0

    def open_pages(self) -> Took:
        """Each page in turn, the first time and again."""
        kinds = self.shell.kinds * ROUNDS
        return [self._timed(f"open {kind.__name__}", partial(self._open, kind)) for kind in kinds]

    def _open(self, kind: type[Page]) -> None:
        self.shell.open_page(kind)
        self._settle()

    def next_pages(self) -> Took:
        """Scrolls through employees and logins, a page of rows at a time."""
        took: Took = []
        for kind in (EmployeesPage, LoginsPage):
            self._open(kind)
            page = self.shell.pages[kind]
            table, model = _table_of(page)
            act = partial(self._more, table, model)
            took += [self._timed(f"next {kind.__name__}", act) for _ in range(NEXT_PAGES)]
        return took

    def _more(self, table: Table, model: PagedModel[Any]) -> None:
        known = model.rowCount()
        table.scrollToBottom()
        self._until("a page", lambda: model.rowCount() > known or not model.canFetchMore())

    def search(self, numbers: Sequence[str]) -> Took:
        """Types numbers and names, letter by letter; each letter's own result is waited for."""
        took: Took = []
        for kind in (EmployeesPage, LoginsPage):
            self._open(kind)
            took += [
                self._timed(f"search {text} {kind.__name__}", partial(self._type, text))
                for text in _typed(numbers)
            ]
            self._type("")
        return took

    def _type(self, text: str) -> None:
        page = self.shell.page
        assert page is not None
        page.search(text)
        self._until("a search", lambda: not page.about_to_search and self.client.idle)

    def jump(self, logins: int) -> Took:
        """To an hour anywhere in the log, as by a click on a bar of the chart."""
        page = self._log()
        oldest = datetime.now(UTC) - logins * timedelta(seconds=SECONDS_APART)
        step = (datetime.now(UTC) - oldest) / JUMPS
        took = [
            self._timed(f"jump {place}", partial(self._show_from, page, oldest + place * step))
            for place in range(JUMPS)
        ]
        page.filter.clear()
        self._settle()
        return took

    def _show_from(self, page: LoginsPage, since: datetime) -> None:
        self._show_span(page, since, since + timedelta(hours=1))

    def _show_span(self, page: LoginsPage, since: datetime, until: datetime) -> None:
        page.filter.span.show_part(Part(words=f"{since:%H:%M}", since=since, until=until))
        self._settle()

    def _log(self) -> LoginsPage:
        self._open(LoginsPage)
        page = self.shell.pages[LoginsPage]
        assert isinstance(page, LoginsPage)
        return page

    def draw_chart(self) -> Took:
        """Counts the logins of a day anew, and draws them beside the list."""
        page = self._log()

        def count() -> None:
            page.filter.changed.emit()
            self._settle()

        return [self._timed("chart", count) for _ in range(CHARTS)]

    def filter_log(self) -> Took:
        """Narrows the login log by each of its choices."""
        page = self._log()
        took: Took = []
        for box in page.filter.boxes:
            for place in range(1, min(4, box.count())):
                what = f"filter {box.accessibleName()} {place}"
                took.append(self._timed(what, partial(self._choose, box, place)))
            self._choose(box, 0)
        return took

    def _choose(self, box: QComboBox, place: int) -> None:
        box.setCurrentIndex(place)
        box.activated.emit(place)
        self._settle()

    def review(self) -> Took:
        """Approves by the keyboard's act; until the next photo is on the screen."""
        self._open(ReviewPage)
        page = self.shell.pages[ReviewPage]
        assert isinstance(page, ReviewPage)
        self._until("the first photo", lambda: _is_shown(page))
        return [self._timed("review", lambda: self._approve(page)) for _ in range(DECISIONS)]

    def _approve(self, page: ReviewPage) -> None:
        decided = page.submission
        assert isinstance(decided, review.Submission)
        page.approve_now()
        self._until(
            "the next photo",
            lambda: (
                _is_shown(page) and page.submission is not None and page.submission.id != decided.id
            ),
        )

    def export(self, path: Path, rows: int) -> float:
        """The newest of all logins as CSV, in s."""
        page = self._log()
        since = datetime.now(UTC) - rows * timedelta(seconds=SECONDS_APART)
        self._show_span(page, since, datetime.now(UTC))
        began = time.perf_counter()
        page.save_list(path)
        self._until("the export", lambda: not page.exporting, patience_s=600.0)
        assert path.is_file()
        return time.perf_counter() - began

    def _timed(self, what: str, act: Callable[[], None]) -> float:
        self._doing = what
        began = time.perf_counter()
        act()
        self.shell.grab()
        took = time.perf_counter() - began
        self.acts.append((what, took))
        self._until("rest", lambda: self.client.idle)
        return took

    def _settle(self) -> None:
        """Until everything that was asked for is there."""
        self._until(self._doing, lambda: self.client.idle)

    def _until(self, what: str, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Lets the window live, and notices how long it did not. Raises TimeoutError."""
        loop, deadline, came = QEventLoop(), time.perf_counter() + patience_s, False
        self._last = time.perf_counter()

        def look() -> None:
            nonlocal came
            now = time.perf_counter()
            blocked = now - self._last - TICK_MS / 1000
            if blocked > self.longest:
                self.longest, self.longest_at = blocked, self._doing or what
            self._last = now
            came = came or done()
            if came or now > deadline:
                loop.quit()

        tick = timer(loop, TICK_MS, look)
        tick.setTimerType(Qt.TimerType.PreciseTimer)
        tick.start()
        loop.exec()
        tick.stop()
        if not came:
            said = self.shell.banner.text()
            raise TimeoutError(f"waited {patience_s:g} s in vain for {what}: {said}")


def _table_of(page: Page) -> tuple[Table, PagedModel[Any]]:
    assert isinstance(page, EmployeesPage | LoginsPage)
    return page.table, page.model


def _typed(numbers: Sequence[str]) -> Iterator[str]:
    """Numbers and names as they grow while somebody types."""
    for number in numbers:
        yield from (number[:end] for end in range(2, len(number) + 1))
    for name in ("Aisyah", "Kumar"):
        yield from (name[:end] for end in range(1, len(name) + 1))


def _is_shown(page: ReviewPage) -> bool:
    return page.shown.has_photo
