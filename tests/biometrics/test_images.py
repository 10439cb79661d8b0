"""The decoding worker against hostile files: a picture or a typed refusal, and in time."""

import io
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import DecodeRequest
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.demo.photos import good_photos


@pytest.fixture(scope="module")
def pipeline():
    with PhotoPipeline() as pipeline:
        yield pipeline


def png_bomb(side: int) -> bytes:
    """A one-colour PNG of side x side pixels, tiny in bytes."""
    import struct

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = b"\x00" + b"\x00" * (side * 3)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


UNDO = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}
"""Quarter turns, counter-clockwise -> what makes a picture lie so that they put it right."""
GREY = Image.new("RGB", (300, 300), "grey")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"hello, I am a text file", Refusal.NOT_AN_IMAGE, id="text"),
        pytest.param(b"", Refusal.NOT_AN_IMAGE, id="empty"),
        pytest.param(encoded(GREY, "GIF"), Refusal.NOT_AN_IMAGE, id="gif"),
        pytest.param(encoded(GREY, "BMP"), Refusal.NOT_AN_IMAGE, id="bmp"),
        pytest.param(encoded(Image.new("RGB", (50, 50)), "PNG"), Refusal.TOO_SMALL, id="tiny"),
        pytest.param(good_photos()[0][:5000], Refusal.DAMAGED, id="half a jpeg"),
        pytest.param(
            encoded(Image.new("RGB", (100, 50_000)), "PNG"), Refusal.ODD_SHAPE, id="AC6 endless"
        ),
        pytest.param(
            encoded(
                GREY, "PNG", save_all=True, append_images=[Image.new("RGB", (300, 300), "red")]
            ),
            Refusal.ANIMATED,
            id="animation",
        ),
    ],
)
@pytest.mark.windows
def test_what_is_no_photo_is_refused_with_its_reason(
    pipeline: PhotoPipeline, data: bytes, reason: Refusal
) -> None:
    with pytest.raises(PhotoRefused) as refused:
        pipeline.screen(data)
    assert refused.value.reason is reason


@pytest.mark.parametrize("side", [8000, 13000])
def test_bombs_are_refused_before_they_unfold(pipeline: PhotoPipeline, side: int) -> None:
    with pytest.raises(PhotoRefused) as refused:
        pipeline.screen(png_bomb(side))
    assert refused.value.reason is Refusal.TOO_MANY_PIXELS


def test_the_stored_copy_has_nothing_of_the_original_but_the_picture(
    pipeline: PhotoPipeline,
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("x.html", "<script>alert(1)</script>")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-GPS-NOTE"
    photo = Image.open(io.BytesIO(good_photos()[0]))
    polyglot = encoded(photo, "JPEG", exif=exif) + archive.getvalue()
    kept = pipeline.screen(polyglot).jpeg
    assert b"SECRET-GPS-NOTE" not in kept
    assert b"<script>" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


@pytest.mark.parametrize("progressive", [False, True])
def test_EN5_damage_inside_a_jpeg_is_seen(pipeline: PhotoPipeline, progressive: bool) -> None:
    photo = Image.open(io.BytesIO(good_photos()[0]))
    whole = encoded(photo, "JPEG", quality=92, progressive=progressive)
    middle = len(whole) // 2
    with pytest.raises(PhotoRefused) as refused:
        pipeline.screen(whole[:middle] + bytes(range(256)) * 2 + whole[middle + 512 :])
    assert refused.value.reason is Refusal.DAMAGED
    assert pipeline.screen(whole).vector is not None


def test_EN5_what_cameras_write_round_a_jpeg_is_no_damage(pipeline: PhotoPipeline) -> None:
    whole = good_photos()[0]
    padded = whole[:-2] + bytes(16) + whole[-2:] + b"MotionPhoto_Data" + bytes(4096)
    assert pipeline.screen(padded).vector is not None


def test_EN5_photos_of_64_megapixels_are_read(pipeline: PhotoPipeline) -> None:
    jpeg = encoded(Image.new("RGB", (9248, 6936), "grey"), "JPEG")
    assert max(Image.open(io.BytesIO(pipeline.screen(jpeg).jpeg)).size) == 1600


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.windows
def test_P18_all_formats_of_phones_are_read(pipeline: PhotoPipeline, kind: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = encoded(Image.open(io.BytesIO(good_photos()[0])), kind)
    assert pipeline.screen(data).vector is not None


@pytest.mark.parametrize("orientation", range(2, 9))
def test_P18_turned_photos_are_stood_upright(pipeline: PhotoPipeline, orientation: int) -> None:
    undo = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}[orientation]
    turned = Image.open(io.BytesIO(good_photos()[0])).transpose(Image.Transpose(undo[0]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert pipeline.screen(encoded(turned, "JPEG", exif=exif)).vector is not None


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_EN5_a_photo_on_its_side_is_turned_without_being_told(
    pipeline: PhotoPipeline, turns: int
) -> None:
    upright = Image.open(io.BytesIO(good_photos()[0]))
    lying = upright.transpose(UNDO[turns])
    result, straight = pipeline.screen(encoded(lying, "JPEG")), pipeline.screen(good_photos()[0])
    assert Image.open(io.BytesIO(result.jpeg)).size == Image.open(io.BytesIO(straight.jpeg)).size
    assert result.vector is not None and straight.vector is not None
    assert float(result.vector @ straight.vector) > 0.95


def test_the_copy_for_terminals_fits_every_known_terminal(pipeline: PhotoPipeline) -> None:
    jpeg = pipeline.terminal_copy(pipeline.screen(good_photos()[0]).jpeg, (0.3, 0.2, 0.4, 0.5))
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.format == "JPEG"
    assert 358 <= picture.width <= 1080
    assert 441 <= picture.height <= 1920
    assert len(jpeg) <= 100_000


def test_the_corpus_of_bad_images_never_breaks_the_worker(pipeline: PhotoPipeline, shared) -> None:
    files = [path for path in (shared / "bad-images").rglob("*") if path.is_file()]
    assert len(files) > 500
    for path in files:
        try:
            result = pipeline.screen(path.read_bytes())
        except PhotoRefused:
            continue
        assert result.jpeg.startswith(b"\xff\xd8")


@pytest.mark.windows
def test_a_worker_that_hangs_is_replaced_and_the_next_photo_served() -> None:
    with WorkerHost(
        "console.biometrics.workers.decode_worker", deadline_s=0.001, recycle_after=10
    ) as host:
        with pytest.raises(WorkerDied):
            host.call(DecodeRequest(), good_photos()[0])
        host.deadline_s = 10
        assert len(host.call(DecodeRequest(), good_photos()[0])) == 3


def test_a_worker_is_recycled_after_its_share_of_work() -> None:
    with WorkerHost(
        "console.biometrics.workers.decode_worker", deadline_s=10, recycle_after=2
    ) as host:
        pids = set()
        for _ in range(4):
            host.call(DecodeRequest(), b"no image")
            pids.add(host.process_id)
        assert len(pids) == 2


@given(st.binary(max_size=200))
def test_frames_any_bytes_give_a_frame_or_an_error(data: bytes) -> None:
    try:
        parts = read_frame(io.BytesIO(data))
    except FrameError:
        return
    assert 1 <= len(parts) <= 4


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=100), max_size=3), st.integers(0, 60))
def test_frames_round_trip_and_a_cut_one_is_noticed(bodies: list[bytes], cut: int) -> None:
    stream = io.BytesIO()
    write_frame(stream, {"a": 1}, *bodies)
    whole = stream.getvalue()
    assert read_frame(io.BytesIO(whole))[1:] == bodies
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(whole[: max(0, len(whole) - 1 - cut)]))
