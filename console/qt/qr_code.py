"""A QR code that a phone reads from the screen or from paper (ISO/IEC 18004)."""

import segno
from PyQt6.QtGui import QImage, QPixmap

QUIET = 4
"""Light modules round it, as the standard asks for."""
SHADES = bytes([255, 0])
"""Of a light and of a dark module, whatever the colours of the window are."""


def qr_image(text: str, side_px: int) -> QImage:
    """A QR code of this text, at least as wide as side_px; every module is whole pixels."""
    code = segno.make(text, error="m", micro=False)
    modules = [bytes(line) for line in code.matrix_iter(border=QUIET)]
    count = len(modules)
    pixels = bytes(SHADES[dark] for dark in b"".join(modules))
    image = QImage(pixels, count, count, count, QImage.Format.Format_Grayscale8)
    side = count * -(-side_px // count)
    return image.scaled(side, side).copy()  # `pixels` goes with this function


def qr_picture(text: str, side_px: int) -> QPixmap:
    """The same for a label."""
    return QPixmap.fromImage(qr_image(text, side_px))
