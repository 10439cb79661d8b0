"""The demo's photos: variants of the one real photo in resources (NASA, see CREDITS.md).

Each is made once: it is up to half a second of work, and everybody who enrols has some.
"""

import functools
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from bridge.cameras import PictureSource
from console.resources import RESOURCES

PHOTO = RESOURCES / "demo" / "astronaut.png"
PORTRAIT = (120, 0, 330, 280)
"""Head and shoulders in the photo."""
FILM_CROP = (96, 22, 344, 208)
FILM_SIZE = (1280, 960)
FILM_FRAMES = 10
"""One sway to and fro; a browser's fake camera begins again at the end."""


def _portrait(scale: float = 5.0, box: tuple[int, int, int, int] = PORTRAIT) -> Image.Image:
    crop = Image.open(PHOTO).convert("RGB").crop(box)
    return crop.resize(
        (round(crop.width * scale), round(crop.height * scale)), Image.Resampling.LANCZOS
    )


def _jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


@functools.cache
def good_photos() -> tuple[bytes, bytes, bytes]:
    """Three photos of one person that pass, each a little different."""
    return (
        _jpeg(_portrait()),
        _jpeg(ImageEnhance.Brightness(_portrait(4.5, (124, 2, 334, 282))).enhance(0.93)),
        _jpeg(_portrait(5.5, (116, 0, 326, 280)).rotate(2.0, Image.Resampling.BICUBIC)),
    )


def simulated_camera() -> PictureSource:
    """A person before a camera: too far away, too dark, then right, again and again."""
    far = (
        Image.open(PHOTO)
        .convert("RGB")
        .crop((0, 0, 512, 384))
        .resize((1024, 768), Image.Resampling.LANCZOS)
    )
    near = (
        Image.open(PHOTO)
        .convert("RGB")
        .crop((64, 0, 384, 240))
        .resize((1280, 960), Image.Resampling.LANCZOS)
    )
    dark, duller = (ImageEnhance.Brightness(near).enhance(light) for light in (0.3, 0.94))
    scenes = [far, dark, near, near.rotate(1.5, Image.Resampling.BICUBIC), duller]
    return PictureSource([np.asarray(scene) for scene in scenes], frames_each=60)


@functools.cache
def blurred_photo() -> bytes:
    """A photo that is out of focus."""
    return _jpeg(_portrait().filter(ImageFilter.GaussianBlur(14)))


@functools.cache
def dark_photo() -> bytes:
    """A photo that is too dark."""
    return _jpeg(ImageEnhance.Brightness(_portrait()).enhance(0.22))


@functools.cache
def small_face_photo() -> bytes:
    """The whole picture, on which the face is far too small."""
    return _jpeg(Image.open(PHOTO).convert("RGB"))


@functools.cache
def two_faces_photo() -> bytes:
    """A photo of two people."""
    one = _portrait(4.0)
    both = Image.new("RGB", (one.width * 2, one.height))
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    return _jpeg(both)


@functools.cache
def faceless_photo() -> bytes:
    """A part of the background, without any face."""
    return _jpeg(_portrait(5.0, (0, 300, 160, 512)))


def write_film(path: Path) -> None:
    """A film for a browser's fake camera: concatenated JPEGs, the person moving a little."""
    left, top, right, bottom = FILM_CROP
    frames = []
    for number in range(FILM_FRAMES):
        shift = abs(number % 10 - 5) - 2
        crop = Image.open(PHOTO).convert("RGB").crop((left + shift, top, right + shift, bottom))
        frames.append(_jpeg(crop.resize(FILM_SIZE, Image.Resampling.LANCZOS), 92))
    path.write_bytes(b"".join(frames))
