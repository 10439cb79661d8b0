"""The whole path as people walk it: windows, a browser with a camera, email and terminals."""

from pathlib import Path

import pytest
from PIL import Image

from console.demo.browser import NoBrowser, find_browser, flags
from console.demo.photos import good_photos, small_face_photo
from console.demo.tour import SIZE, run_tour
from tests.conftest import RunningSite

try:
    find_browser()
    HAVE_BROWSER = True
except NoBrowser:
    HAVE_BROWSER = False
needs_browser = pytest.mark.skipif(
    not HAVE_BROWSER,
    reason="no Chromium, Chrome or Edge here: run.py test installs Chromium on Debian",
)


@needs_browser
@pytest.mark.timeout(600)
def test_T1_T13_from_the_invitation_to_the_first_login(
    tmp_path: Path, qapp, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo's tour asserts each step: it waits for the effect, and fails when there is none."""
    assert run_tour(tmp_path / "work", tmp_path / "shots", "light") == 0
    table = capsys.readouterr().out
    assert "without a browser" not in table
    for words in (
        "On 2 of 2 terminals",
        "In use",
        "40 people, 1 row left out",
        "5 emails captured",
        "15 logins read",
        "possible duplicate of Nur Aisyah Rahman",
    ):
        assert words in table
    shots = sorted(path.name for path in (tmp_path / "shots").glob("*.png"))
    assert len(shots) == 46
    assert all((tmp_path / "shots" / name).stat().st_size > 5000 for name in shots)
    pictures = {name: Image.open(tmp_path / "shots" / name).size for name in shots}
    sizes = {size for name, size in pictures.items() if "phone" not in name}
    wide = {name for name, (width, _) in pictures.items() if width > SIZE[0]}
    assert not wide, "a page makes the console's window wider than a laptop's screen"
    assert max(width for width, _ in sizes) == SIZE[0]
    assert max(height for width, height in sizes if width == SIZE[0]) == SIZE[1]


@pytest.fixture
def phone():
    """A phone without a camera; gone with its test: only one Playwright may run at a time."""
    from playwright.sync_api import sync_playwright

    from console.demo.browser import PHONE

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser(), args=flags(None))
        yield lambda: browser.new_context(**PHONE)
        browser.close()


@needs_browser
def test_T2_T3_without_a_camera_photos_are_uploaded_and_nothing_on_the_page_breaks_its_policy(
    running: RunningSite, phone, tmp_path: Path
) -> None:
    person = running.add_employee()
    files = []
    for number, photo in enumerate([small_face_photo(), *good_photos()]):
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(photo)
    page = phone().new_page()
    problems: list[str] = []
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(running.invite(person))
    page.get_by_role("button", name="I agree, start").wait_for()
    assert page.locator("video, input[type=file]").count() == 0, (
        "T21: no camera or upload control before consent"
    )
    assert page.url.endswith("/e"), "the token leaves the address bar"
    page.get_by_role("button", name="I agree, start").click()
    page.get_by_label("Last 4 characters").fill("0000")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("That does not match. 4 tries left.").wait_for()
    page.get_by_label("Last 4 characters").fill(person.number[-4:])
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("The camera is not available here.").wait_for()
    assert page.locator("input[capture=user]").count() == 1
    chooser = page.locator("label.button:not(.primary) input[type=file]")
    chooser.set_input_files(files[0])
    page.get_by_text("Face small: 42 px, needs ≥ 115.").wait_for()
    assert page.locator(".mark.reject").count() == 1
    page.get_by_role("button", name="Take photo 1 again").click()
    for slot in (1, 2, 3):
        page.get_by_role("heading", name=f"Photo {slot} of 3").wait_for()
        chooser.set_input_files(files[slot])
        page.get_by_role("button", name="Keep this photo").click()
    page.get_by_role("heading", name="Select the Best Photo").wait_for()
    assert page.locator("input[name=best]:checked").count() == 1, "T9: one is pre-selected"
    assert page.get_by_role("link", name="Download").count() == 3
    page.locator("#best-3").check()
    page.get_by_role("button", name="Submit Photo").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    running.wait_status(person, "pending_approval")
    assert problems == []


@needs_browser
def test_declining_in_the_browser(running: RunningSite, phone) -> None:
    person = running.add_employee()
    page = phone().new_page()
    page.goto(running.invite(person))
    page.get_by_role("button", name="No, use my number").click()
    page.get_by_role("heading", name="You use your number").wait_for()
    assert running.reload(person).status == "declined"


@needs_browser
@pytest.mark.parametrize("link", ["garbled", "A" * 43])
def test_a_link_that_is_not_valid_says_what_to_do(running: RunningSite, phone, link: str) -> None:
    page = phone().new_page()
    page.goto(f"{running.demo.running.portal}/e/{link}")
    page.get_by_text(
        "This link is not valid, or not valid any more. Ask your administrator for a new one."
    ).wait_for()


@needs_browser
def test_the_page_works_at_320_px_and_twice_the_text_size(running: RunningSite, phone) -> None:
    person = running.add_employee()
    page = phone().new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(running.invite(person))
    page.get_by_role("button", name="I agree, start").wait_for()
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="I agree, start").click()
    page.get_by_label("Last 4 characters").wait_for()


@needs_browser
def test_photos_taken_before_a_service_failure_are_not_lost(
    running: RunningSite, phone, tmp_path: Path
) -> None:
    person = running.add_employee()
    photo = tmp_path / "p.jpg"
    photo.write_bytes(good_photos()[0])
    link = running.invite(person)
    page = phone().new_page()
    page.goto(link)
    page.get_by_role("button", name="I agree, start").click()
    page.get_by_label("Last 4 characters").fill(person.number[-4:])
    page.get_by_role("button", name="Continue").click()
    page.locator("label.button:not(.primary) input[type=file]").set_input_files(photo)
    page.get_by_role("button", name="Keep this photo").click()
    page.get_by_role("heading", name="Photo 2 of 3").wait_for()
    page.reload()
    page.get_by_role("heading", name="Photo 2 of 3").wait_for()
