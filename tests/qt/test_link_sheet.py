"""Links on paper: what the sheet shows is what a phone opens. N22."""

import os
import re
import stat
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QFileDialog

from console.api import campaigns as api
from console.api.board import LinkSheet, PrintedLink
from console.demo.employee import PortalVisit
from console.desktop.dialogs.desk_code_dialog import DeskCodeDialog
from console.desktop.link_sheet import DPI, PX_PER_MM, card_words, draw_page, sheet_pdf
from console.desktop.pages.invitations import InvitationsPage
from console.desktop.shell import Shell
from console.domain.campaigns import Delivery
from console.domain.link_terms import LinkTerms
from console.store.schema import Audit, Invitation
from tests.conftest import RunningSite
from tests.qt.conftest import open_page

UNTIL = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)
A4_MM = 210, 297
SITE = "Hartmann Logistics"
PICTURE = re.compile(
    rb"/Subtype /Image\n/Width (\d+)\n/Height (\d+)\n[^>]*/FlateDecode\n>>\nstream\n(.*?)endstream",
    re.DOTALL,
)


def links(count: int) -> list[PrintedLink]:
    base = "https://enrol.example.com:8443/e/" + "aB3_-" * 8
    return [
        PrintedLink(
            name=f"P {n}", number=f"{n}", link=f"{base}{n:03d}", expires_at=UNTIL, language="en"
        )
        for n in range(count)
    ]


def on_paper(shown: Sequence[PrintedLink]) -> np.ndarray:
    """A page in shades of grey, as a printer puts it on A4."""
    width, height = (round(side * PX_PER_MM) for side in A4_MM)
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.setDotsPerMeterX(round(DPI / 0.0254))
    image.setDotsPerMeterY(round(DPI / 0.0254))
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    draw_page(painter, SITE, shown)
    painter.end()
    bits = image.constBits()
    assert bits is not None
    rows = np.frombuffer(bytes(bits.asarray(image.sizeInBytes())), np.uint8)
    return rows.reshape(height, image.bytesPerLine())[:, :width]


def codes(page: np.ndarray) -> list[str]:
    """What the cards of a page say to a camera, card by card, once they are cut out."""
    height, width = page.shape[0] // 4, page.shape[1] // 2
    cards = [
        page[line * height : (line + 1) * height, column * width : (column + 1) * width]
        for line in range(4)
        for column in range(2)
    ]
    return [cv2.QRCodeDetector().detectAndDecode(card)[0] for card in cards]


def codes_in(pdf: bytes) -> list[str]:
    """What the pictures of a PDF say to a camera."""
    found = []
    for width, height, start in PICTURE.findall(pdf):
        rgb = np.frombuffer(zlib.decompressobj().decompress(start), np.uint8)
        grey = rgb.reshape(int(height), int(width), 3)[:, :, 0].copy()
        found.append(read_code(grey))
    return found


def read_code(grey: np.ndarray) -> str:
    """What a code says. As a camera does, it is looked at more than once: OpenCV misses some."""
    for scale, blur in ((1.0, 0.0), (2.0, 0.0), (1.5, 0.8), (2.0, 2.0), (0.8, 0.5), (3.0, 3.0)):
        seen = cv2.resize(np.pad(grey, 40, constant_values=255), None, fx=scale, fy=scale)
        if blur:
            seen = cv2.GaussianBlur(seen, (0, 0), blur)
        said = cv2.QRCodeDetector().detectAndDecode(seen)[0]
        if said:
            return str(said)
    return ""


def test_N22_a_camera_reads_every_card_that_is_cut_out(qapp) -> None:
    shown = links(8)
    assert codes(on_paper(shown)) == [one.link for one in shown]


def test_N22_eight_cards_are_on_a_page_of_the_pdf(qapp) -> None:
    for count, pages in ((1, 1), (8, 1), (9, 2)):
        pdf = sheet_pdf(LinkSheet(site=SITE, links=links(count), left_out={}))
        assert codes_in(pdf) == [one.link for one in links(count)]
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == pages


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", ["Scan this code", "It works until 4 December 2026"]),
        ("ms", ["Imbas kod ini", "sehingga 4 Disember 2026"]),
        ("zh-Hans", ["扫描此二维码", "有效期至 2026年12月4日"]),
    ],
)
def test_T21_a_card_speaks_the_language_of_the_person(tag: str, words: list[str]) -> None:
    (link,) = links(1)
    said = card_words(replace(link, language=tag))
    assert all(one in said for one in words), said


def handed_out(running: RunningSite, department: str, delivery: Delivery) -> str:
    """The campaign of this department."""
    choice = api.Choice(whom=api.Whom(department=department), delivery=delivery)
    start = api.StartCampaign(name=department, choice=choice, terms=LinkTerms())
    task = running.client.finish(running.client.call(api.start_campaign, start))
    assert task.invited is not None
    return task.invited.campaign_id


def test_N22_the_printed_code_of_somebody_without_email_opens_their_page(
    shell: Shell, running: RunningSite, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = running.add_employee(department="Paper hall", email="")
    campaign_id = handed_out(running, "Paper hall", Delivery.PAPER_TOO)
    page = open_page(shell, InvitationsPage)
    page.show_campaign(campaign_id)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert page.model.row(0).email == "On paper"
    path = tmp_path / "links.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    said: list[Any] = []
    page.message.connect(lambda text, bad: said.append((text, bad)))
    page.table.selectRow(0)
    page.paper.click()
    qtbot.waitUntil(lambda: bool(said))
    text, bad = said[-1]
    assert text.startswith(f"1 link written to {path}.") and not bad
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (link,) = codes_in(path.read_bytes())
    visit = PortalVisit(link)
    assert visit.open().status_code == 200
    assert visit.state["first_name"] == person.first_name
    with running.store().read() as tx:
        mine = sa.select(Audit).where(Audit.action == "invitation.link_printed")
        row = tx.scalars(sa.select(Invitation).where(Invitation.campaign_id == campaign_id)).one()
        assert [one.object_id for one in tx.scalars(mine)] == [row.id]
    qtbot.waitUntil(lambda: page.model.row(0).why == "not_opened")


def test_N22_a_code_for_the_desk_is_shown_with_where_to_type_it(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    running.add_employee(department="Desk hall", email="")
    page = open_page(shell, InvitationsPage)
    page.show_campaign(handed_out(running, "Desk hall", Delivery.PAPER))
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert not page.code.isEnabled()
    page.table.selectRow(0)
    page.code.click()
    qtbot.waitUntil(lambda: bool(page.findChildren(DeskCodeDialog)))
    (shown,) = page.findChildren(DeskCodeDialog)
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", shown.code.text())
    assert shown.where.text().endswith(f": {running.demo.running.portal}/")
    assert shown.code.text()[0] in shown.code.accessibleName(), "read letter by letter"
    shown.accept()
