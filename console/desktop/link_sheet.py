"""Links on paper: A4 sheets of cards to cut out, each with the code of a person's link. N22."""

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QLineF, QMarginsF, QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from console.api.board import LinkSheet, PrintedLink
from console.catalogue import catalogue_of
from console.desktop.files import write_secret
from console.domain import language
from console.domain.language import speaking, tr
from console.qt.qr_code import qr_image

DPI = 300
PX_PER_MM = DPI / 25.4
COLUMNS, ROWS = 2, 4
CARD_MM = 105.0, 74.25
"""Eight cards fill an A4 sheet."""
EDGE_MM, GAP_MM, CODE_MM = 9.0, 4.0, 42.0
"""Printers leave about 5 mm of a sheet white."""
CODE_PX = 200
"""Several for each module: viewers may blur a picture that they enlarge."""
NAME_PT, TEXT_PT, CUT_PT = 14, 9, 0.5


def write_sheet(path: Path, sheet: LinkSheet) -> None:
    """Writes the PDF, for this account alone: whoever reads it has the links. Raises OSError."""
    write_secret(path, sheet_pdf(sheet))


def sheet_pdf(sheet: LinkSheet) -> bytes:
    """The cards of a sheet as a PDF, eight on a page, with lines to cut along."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setTitle(tr("Personal links"))
    size, upright = QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait
    writer.setPageLayout(QPageLayout(size, upright, QMarginsF()))
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    for start in range(0, len(sheet.links), COLUMNS * ROWS):
        if start:
            writer.newPage()
        draw_page(painter, sheet.site, sheet.links[start : start + COLUMNS * ROWS])
    painter.end()
    buffer.close()
    return data.data()


def draw_page(painter: QPainter, site: str, links: Sequence[PrintedLink]) -> None:
    """Draws at most eight cards on a device of DPI."""
    width, height = (side * PX_PER_MM for side in CARD_MM)
    painter.setPen(QPen(Qt.GlobalColor.gray, CUT_PT * DPI / 72, Qt.PenStyle.DashLine))
    for column in range(1, COLUMNS):
        painter.drawLine(QLineF(column * width, 0, column * width, ROWS * height))
    for line in range(1, ROWS):
        painter.drawLine(QLineF(0, line * height, COLUMNS * width, line * height))
    painter.setPen(Qt.GlobalColor.black)
    edge = EDGE_MM * PX_PER_MM
    for place, link in enumerate(links):
        line, column = divmod(place, COLUMNS)
        card = QRectF(column * width, line * height, width, height)
        _draw_card(painter, card.adjusted(edge, edge, -edge, -edge), site, link)


def _draw_card(painter: QPainter, card: QRectF, site: str, link: PrintedLink) -> None:
    """Above whose it is; below, beside the code, what to do with it and until when."""
    heads = ((site, TEXT_PT, False), (link.name, NAME_PT, True), (link.number, TEXT_PT, False))
    top = card.top()
    for text, points, bold in heads:
        font = QFont(painter.font())
        font.setPointSize(points)
        font.setBold(bold)
        painter.setFont(font)
        size = QFontMetricsF(font, painter.device())
        shown = size.elidedText(text, Qt.TextElideMode.ElideRight, card.width())
        height = max(size.height(), size.boundingRect(shown).height())  # names in other scripts
        box = QRectF(card.left(), top, card.width(), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip, shown)
        top += height
    side = CODE_MM * PX_PER_MM
    code = QRectF(card.left(), card.bottom() - side, side, side)
    painter.drawImage(code, qr_image(link.link, CODE_PX))
    beside = QRectF(code.topRight(), card.bottomRight())
    beside.setLeft(beside.left() + GAP_MM * PX_PER_MM)
    wrapped = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
    painter.drawText(beside, wrapped, card_words(link))


def card_words(link: PrintedLink) -> str:
    """What to do with the card and until when, in the language of the person."""
    with speaking(catalogue_of(link.language)):
        what = language.tr(
            "Scan this code with the camera of your phone and follow the page. It is for you alone."
        )
        until = language.tr_minute(link.expires_at.astimezone())
        works = language.tr("It works until {until}.", until=until)
    return f"{what}\n\n{works}"
