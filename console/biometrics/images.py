"""Decoding of pictures that strangers send.

Uploads are decoded in the decoding worker only (workers/decode_worker.py). Every limit names the
attack it stops; figures in docs/architecture.md.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from console.biometrics.refusals import PhotoRefused, Refusal

MAX_PIXELS = 50_000_000
"""A PNG of 1 MB can unfold to 400 megapixels."""
MAX_JPEG_PIXELS = 65_000_000
"""Phones take up to 64 megapixels (9,248 x 6,936 px); a JPEG is decoded at an eighth of that."""
JPEGS = ("JPEG", "MPO")
MAX_SHAPE = 4.0
"""The longer side over the shorter: a PNG of 100 x 500,000 px kept the workers busy for 34 s."""
MIN_SIDE = 100
"""Pixels of the shorter side."""
LUMA_SUM = 3688
"""Sum of the luminance table in Annex K of the JPEG standard, which is IJG's quality 50."""
STORED_SIDE = 1600
"""Longer side, px, of the copy that is stored and screened."""
STORED_QUALITY = 92
"""JPEG quality of that copy."""
TERMINAL_WIDTH, TERMINAL_HEIGHT = 480, 640
TERMINAL_BYTES = 100_000
"""The copy for terminals: 358 x 441 to 1080 x 1920 px (FingerTec), at most 100 kB (Dahua)."""
TERMINAL_FACE_HEIGHT = 0.5
"""Height of the face as a fraction of the copy's: head and shoulders."""
TERMINAL_QUALITIES = (90, 80, 70, 60, 50)
"""JPEG qualities, tried until the copy is small enough."""
BLOCK = 8
MAX_STEP, LEAST_STEP = 30, 0.2
"""Grey levels between neighbours: larger ones are edges of things, smaller ones nothing at all."""
QUALITY_OF_SEAMS = ((1.7, 2.2), (100.0, 20.0))
"""Steps at the seams over those elsewhere: good portraits have at most 1.7, quality 8 has 2.2."""
TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
"""Quarter turns, counter-clockwise."""
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
"""Exotic decoders are never tried (BLP took 671 MB)."""


@dataclass(frozen=True)
class DecodedPhoto:
    """A decoded photo.

    rgb: uint8 (height, width, 3), upright, longer side at most 1600 px;
    scale: pixels of the original per pixel of rgb; jpeg: our own copy, without metadata;
    compression: the JPEG quality that the file was saved with, 1 to 100; 100 for other formats.
    """

    rgb: NDArray[np.uint8]
    scale: float
    jpeg: bytes
    compression: float


def prepare_decoders() -> None:
    """Register HEIF and set Pillow's own guards; call it once per process."""
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS // 2  # Pillow raises at twice this figure
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def decode_photo(data: bytes, quarter_turns: int = 0) -> DecodedPhoto:
    """Decode a file. Raises PhotoRefused, and nothing else, whatever the bytes are.

    quarter_turns: counter-clockwise, besides those that the file itself asks for.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PhotoRefused(Refusal.TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise PhotoRefused(Refusal.NOT_AN_IMAGE) from error
    return _decode(picture, quarter_turns)


def _decode(picture: Image.Image, quarter_turns: int) -> DecodedPhoto:
    width, height = picture.size
    if width * height > (MAX_JPEG_PIXELS if picture.format in JPEGS else MAX_PIXELS):
        raise PhotoRefused(Refusal.TOO_MANY_PIXELS)
    if min(width, height) < MIN_SIDE:
        raise PhotoRefused(Refusal.TOO_SMALL)
    if max(width, height) > MAX_SHAPE * min(width, height):
        raise PhotoRefused(Refusal.ODD_SHAPE)
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in ("MPO", "HEIF"):
        raise PhotoRefused(Refusal.ANIMATED)
    try:
        compression = jpeg_quality(getattr(picture, "quantization", None))
        if picture.format in JPEGS:
            picture.draft("RGB", (STORED_SIDE, STORED_SIDE))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        upright = _flatten(picture)
        upright.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if max(width, height) == max(upright.size):  # the blocks of the file are still in place
            compression = min(compression, quality_by_blocks(np.asarray(upright.convert("L"))))
        if quarter_turns:
            upright = upright.transpose(TURNS[quarter_turns])
        stored = io.BytesIO()
        upright.save(stored, "JPEG", quality=STORED_QUALITY)
    except MemoryError as error:
        raise PhotoRefused(Refusal.TOO_HARD) from error
    except Exception as error:  # decoders raise whatever they like on damaged input
        raise PhotoRefused(Refusal.DAMAGED) from error
    return DecodedPhoto(
        np.asarray(upright), max(width, height) / max(upright.size), stored.getvalue(), compression
    )


def jpeg_quality(tables: dict[int, list[int]] | None) -> float:
    """Return the quality at which the IJG library has an equally coarse luminance table, 1 to 100.

    tables: quantisation tables of a JPEG; None for other formats, which count as 100. What was lost
    before the file was last saved does not show.
    """
    luma = (tables or {}).get(0)
    if not luma:
        return 100.0
    scale = 100 * sum(luma) / LUMA_SUM
    return float(min(100.0, max(1.0, (200 - scale) / 2 if scale <= 100 else 5000 / scale)))


def quality_by_blocks(grey: NDArray[np.uint8]) -> float:
    """Return the JPEG quality that the edges between blocks of 8 px speak of, 20 to 100.

    A picture that was saved badly and then well keeps them. grey: uint8 (height, width).
    """
    seams = []
    for axis in (0, 1):
        steps = np.minimum(np.abs(np.diff(grey.astype(np.int16), axis=axis)), MAX_STEP)
        by_place = [
            np.take(steps, range(one, steps.shape[axis], BLOCK), axis).mean()
            for one in range(BLOCK)
        ]
        seams.append(max(by_place) / max(float(np.median(by_place)), LEAST_STEP))
    return float(np.interp(np.mean(seams), *QUALITY_OF_SEAMS))


def _flatten(picture: Image.Image) -> Image.Image:
    """RGB without metadata; transparent pixels become white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        paper = Image.new("RGB", rgba.size, "white")
        paper.paste(rgba, mask=rgba.getchannel("A"))
        return paper
    plain = picture.convert("RGB")
    plain.info = {}
    return plain


def terminal_copy(jpeg: bytes, face: tuple[float, float, float, float]) -> bytes:
    """Return a head-and-shoulders crop as JPEG, 480 x 640 px. Raises PhotoRefused.

    face: (left, top, width, height), fractions of the picture.
    """
    photo = Image.fromarray(decode_photo(jpeg).rgb)
    left, top, width, height = (
        part * side for part, side in zip(face, (*photo.size, *photo.size), strict=True)
    )
    crop_height = max(height, width) / TERMINAL_FACE_HEIGHT
    crop_width = crop_height * TERMINAL_WIDTH / TERMINAL_HEIGHT
    x, y = left + width / 2 - crop_width / 2, top + height / 2 - crop_height * 0.45
    box = (int(x), int(y), int(x + crop_width), int(y + crop_height))
    inside = (max(0, box[0]), max(0, box[1]), min(photo.width, box[2]), min(photo.height, box[3]))
    crop = ImageOps.fit(
        photo.crop(inside),
        (TERMINAL_WIDTH, TERMINAL_HEIGHT),
        Image.Resampling.LANCZOS,
        centering=(0.5, 0.4),
    )
    for quality in TERMINAL_QUALITIES:
        out = io.BytesIO()
        crop.save(out, "JPEG", quality=quality)
        if out.tell() <= TERMINAL_BYTES:
            break
    return out.getvalue()
