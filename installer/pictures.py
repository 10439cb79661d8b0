"""Draws the set-up's pictures from the product's own icon: an icon for Windows, and a side picture.

    python installer/pictures.py FOLDER

It needs the packages of requirements.lock; build.py runs it with them.
"""

import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PIL import Image  # noqa: E402
from PyQt6.QtCore import QBuffer, QByteArray, QRectF, Qt  # noqa: E402
from PyQt6.QtGui import QColor, QGuiApplication, QImage, QPainter  # noqa: E402
from PyQt6.QtSvg import QSvgRenderer  # noqa: E402

from console.qt.themes import LIGHT  # noqa: E402

ICON_SIDES = (16, 24, 32, 48, 64, 256)
"""Pixels, as Windows asks for them."""
SIDE_PICTURE = (164, 314)
"""Pixels of the picture beside the first and the last page of an NSIS set-up."""
PRINT = (ROOT / "resources" / "icons" / "fingerprint.svg").read_text("utf-8")


def icon(side: int) -> Image.Image:
    """The fingerprint in white, on a rounded square of the product's colour."""
    image = _empty(side, side)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.accent))
    painter.drawRoundedRect(QRectF(0, 0, side, side), side / 5, side / 5)
    _draw_print(painter, QRectF(side * 0.14, side * 0.14, side * 0.72, side * 0.72))
    painter.end()
    return _to_pillow(image)


def side_picture() -> Image.Image:
    """The fingerprint on a plain ground."""
    width, height = SIDE_PICTURE
    image = _empty(width, height)
    image.fill(QColor(LIGHT.accent))
    painter = QPainter(image)
    _draw_print(painter, QRectF(42, 60, 80, 80))
    painter.end()
    return _to_pillow(image).convert("RGB")


def _empty(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _draw_print(painter: QPainter, place: QRectF) -> None:
    white = PRINT.replace("currentColor", "#ffffff")
    QSvgRenderer(QByteArray(white.encode())).render(painter, place)


def _to_pillow(image: QImage) -> Image.Image:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(bytes(buffer.data().data())))


def main(folder: Path) -> None:
    """Write `muster.ico` and `side.bmp`."""
    application = QGuiApplication([])
    sizes = [icon(side) for side in ICON_SIDES]
    largest = sizes[-1]
    largest.save(
        folder / "muster.ico",
        sizes=[(side, side) for side in ICON_SIDES],
        append_images=sizes[:-1],
    )
    side_picture().save(folder / "side.bmp")
    application.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
