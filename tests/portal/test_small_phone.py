"""Every state of the page on a small phone, in words that are 40 % longer, both ways. T21."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.api import employees
from console.demo.photos import small_face_photo
from console.domain.consent import WORDINGS
from console.domain.invitations import Status
from console.domain.language import MALAY
from tests.catalogue.sources import files_of
from tests.conftest import RunningSite
from tests.portal.test_withdrawal import SMALL

LONGER = 1.4
SHOWN = (
    Status.PENDING_APPROVAL,
    Status.NEEDS_HELP,
    Status.DECLINED,
    Status.WITHDRAWN,
    Status.IN_USE,
    Status.SCREENING,
    Status.SUPERSEDED,
)
"""What the page only tells of."""
ROOM_FOR_BUTTONS = 0.6
"""Of the height: they stay in sight, and the text above them has to be readable beside them."""
CUT = """room => {
    const found = [], root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} px wide`);
    for (const one of document.body.querySelectorAll("*")) {
        const { left, right, width } = one.getBoundingClientRect();
        if (!width || one.closest("[hidden], .hidden-input, video, noscript")) continue;
        const name = `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
        if (left < -1 || right > innerWidth + 1) found.push(`beside the page: ${name}`);
        if (getComputedStyle(one).display === "inline") continue;
        if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
            found.push(`wider than its place: ${name}`);
        if (one.scrollHeight > one.clientHeight + 1 && one.closest(".camera, .button, .round"))
            found.push(`higher than its place: ${name}`);
    }
    const actions = document.querySelector(".actions");
    if (actions && actions.offsetHeight > room * innerHeight)
        found.push(`${actions.offsetHeight} px of buttons`);
    return found;
}"""


def longer(text: str) -> str:
    """The text in a language that nobody speaks, in which all is longer."""
    words = text.split()
    more = " ".join(words[: max(1, math.ceil(len(words) * (LONGER - 1)))])
    return f"[{text} {more}]"


@pytest.fixture
def small(phone: Any) -> Any:
    """A small phone whose Malay is longer than any language."""
    handed = json.loads(files_of(MALAY)[2].read_text("utf-8"))
    pseudo = json.dumps({text: longer(text) for text in handed})
    phone.set_viewport_size(SMALL)
    phone.route("**/static/ms.json", lambda route: route.fulfill(body=pseudo))
    return phone


def test_the_made_up_language_is_longer() -> None:
    texts = json.loads(files_of(MALAY)[2].read_text("utf-8"))
    assert sum(map(len, map(longer, texts))) >= LONGER * sum(map(len, texts))


def test_T21_nothing_is_cut_on_a_small_phone(
    running: RunningSite, small: Any, tmp_path: Path
) -> None:
    cut = {}
    for name in states(running, small, tmp_path):
        for direction in ("rtl", "ltr"):
            small.evaluate("to => { document.documentElement.dir = to }", direction)
            cut[name, direction] = small.evaluate(CUT, ROOM_FOR_BUTTONS)
    assert {state: found for state, found in cut.items() if found} == {}
    assert len(cut) == 2 * (len(SHOWN) + 12)


def states(
    running: RunningSite, page: Any, folder: Path, say: Callable[[str], str] = longer
) -> Iterator[str]:
    """Brings the page into one state after the other, and names it. say: what a text is there."""
    portal = running.demo.running.portal
    for path in ("/", "/e/garbled"):
        page.goto(f"{portal}{path}?language=ms")
        page.get_by_role("heading", name=say("One moment…")).wait_for(state="detached")
        page.locator("main p").first.wait_for()
        yield path
    for path in ("/privacy", "/security", "/guidelines"):
        page.goto(f"{portal}{path}?language=ms")
        yield path
    person = running.add_employee()
    link = running.invite(person)
    for status in SHOWN:
        yield told_of(page, link, status)
    page.unroute("**/e/session")
    yield from steps(page, link, person, folder, say)


def told_of(page: Any, link: str, status: Status) -> str:
    """The page as if the enrolment stood so."""

    def answer(route: Any) -> None:
        got = route.fetch()
        state = got.json() | {"status": status.value, "texts": [], "reach": "nowhere"}
        route.fulfill(response=got, json=state)

    page.unroute("**/e/session")
    page.route("**/e/session", answer)
    page.route("**/e/state", lambda route: route.abort())
    page.goto(f"{link}?language=ms")
    page.locator(".body > p").first.wait_for()
    page.unroute("**/e/state")
    return status.value


def steps(
    page: Any, link: str, person: employees.EmployeeRow, folder: Path, say: Callable[[str], str]
) -> Iterator[str]:
    """From the consent to the verdict on a photo."""
    page.goto(f"{link}?language=ms")
    agree = page.get_by_role("button", name=WORDINGS[MALAY].answers.start)
    agree.wait_for()
    yield "consent"
    agree.click()
    field = page.get_by_label(say("Last 4 characters of your number"))
    field.fill("0000")
    field.press("Enter")
    page.get_by_role("alert").wait_for()
    yield "check"
    page.get_by_role("button", name=say("Withdraw my consent")).click()
    page.get_by_role("heading", name=say("Withdraw your consent?")).wait_for()
    yield "withdrawal"
    page.get_by_role("button", name=say("Keep it")).click()
    field.fill(person.number[-4:])
    field.press("Enter")
    page.locator(".note").wait_for()
    yield "no camera"
    bad = folder / "bad.jpg"
    bad.write_bytes(small_face_photo())
    page.locator("label.button:not(.primary) input[type=file]").set_input_files(bad)
    page.get_by_text(say("All checks")).click()
    yield "verdict"
    page.route("**/e/state", three_photos)
    page.reload()
    page.get_by_role("heading", name=say("Select the Best Photo")).wait_for()
    yield "best photo"
    page.unroute("**/e/state")
    page.route("**/e/submit", lambda route: route.abort())
    page.get_by_role("button", name=say("Submit Photo")).click()
    page.get_by_role("alert").wait_for()
    yield "offline"


def three_photos(route: Any) -> None:
    """The state, with the photo that was sent three times."""
    got = route.fetch()
    state = got.json()
    photo = state["photos"][0]
    state["photos"] = [photo | {"slot": slot} for slot in (1, 2, 3)]
    route.fulfill(response=got, json=state)
