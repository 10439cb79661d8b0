"""A QR code that a phone reads from the screen (ISO/IEC 18004)."""

from PyQt6.QtGui import QImage, QPixmap

QUIET = 2
"""Light modules round it, besides the two that the encoder leaves; the standard asks for four."""


def qr_picture(text: str, side_px: int) -> QPixmap:
    """A QR code of this text, at least as wide as side_px; dark on light in every theme."""
    import cv2  # a tenth of a second, and seldom needed
    import numpy as np

    modules = np.pad(cv2.QRCodeEncoder.create().encode(text), QUIET, constant_values=255)
    scale = -(-side_px // len(modules))
    pixels = np.ascontiguousarray(np.kron(modules, np.ones((scale, scale), np.uint8)))
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(image.copy())
