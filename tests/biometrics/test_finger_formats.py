"""Finger records of ISO and ANSI, and Muster's own template: read, written, refused."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.biometrics.fingers.minutiae import MAX_MINUTIAE, TAU, minutiae, rotated
from console.biometrics.fingers.records import (
    FingerRecord,
    FingerView,
    RecordError,
    Standard,
    read_record,
    write_record,
)
from console.biometrics.fingers.templates import (
    MinutiaeTemplate,
    TemplateError,
    pack_template,
    unpack_template,
)
from tests.biometrics.prints import SHARED, made_up_finger

needs_samples = pytest.mark.skipif(
    not SHARED.exists(), reason="the sample records are not part of this repository"
)
ISO = SHARED / "iso"
KINDS = {"ENDING": 1, "BIFURCATION": 2, "OTHER": 0}
columns = st.lists(
    st.tuples(
        st.integers(0, 16383),
        st.integers(0, 16383),
        st.integers(0, 255),
        st.integers(0, 2),
        st.integers(0, 100),
    ),
    max_size=60,
)


def _record(rows: list[tuple[int, int, int, int, int]], standard: Standard) -> FingerRecord:
    x, y, angle, kind, quality = np.array(rows, np.int64).reshape(-1, 5).T
    steps = 256 if standard is Standard.ISO_2005 else 180
    found = minutiae(x, y, -(angle % steps) * TAU / steps, kind, quality, (500, 500))
    return FingerRecord(
        standard=standard, width=500, height=500, views=(FingerView(found, 7, 0, 0, 88, b"ext"),)
    )


@given(columns, st.sampled_from(list(Standard)))
def test_records_survive_writing_and_reading(
    rows: list[tuple[int, int, int, int, int]], standard: Standard
) -> None:
    data = write_record(_record(rows, standard))
    back = read_record(data)
    assert write_record(back) == data
    view = back.views[0]
    assert (view.position, view.quality, view.extended, len(view.minutiae)) == (
        7,
        88,
        b"ext",
        len(rows),
    )
    assert view.minutiae.x.tolist() == [row[0] for row in rows]


def _long(standard: Standard) -> FingerRecord:
    """More than 65,535 bytes: its length does not fit into 16 bits."""
    (view,) = _record([(1, 2, 3, 1, 50)] * 250, standard).views
    return FingerRecord(standard=standard, width=500, height=500, views=(view,) * 50)


@pytest.mark.parametrize("standard", list(Standard))
def test_TE30_both_standards_are_told_apart_by_their_length(standard: Standard) -> None:
    for record in (_record([(1, 2, 3, 1, 50)], standard), _long(standard)):
        data = write_record(record)
        assert data[:8] == b"FMR\0 20\0"
        back = read_record(data)
        assert (back.standard, back.repaired, len(back.views)) == (
            standard,
            False,
            len(record.views),
        )
        assert read_record(data[:4] + b"020\0" + data[8:]).repaired


def test_TE30_an_ansi_record_has_an_owner() -> None:
    data = write_record(_record([(1, 2, 3, 1, 50)], Standard.ANSI_2004))
    assert int.from_bytes(data[10:12], "big") != 0


@needs_samples
@pytest.mark.parametrize("name", ["iso19794p2v2005", "ansi378v2004"])
def test_the_published_samples_say_what_their_descriptions_say(name: str) -> None:
    folder = ISO / "fingerprintio-samples"
    record = read_record((folder / f"{name}-sample.dat").read_bytes())
    said: dict[str, Any] = json.loads((folder / f"{name}-sample.json").read_text())
    assert (record.width, record.height, *record.resolution) == (
        said["width"],
        said["height"],
        said["resolutionX"],
        said["resolutionY"],
    )
    steps = 256 if record.standard is Standard.ISO_2005 else 180
    unit = TAU / steps
    assert len(record.views) == len(said["fingerprints"])
    for view, expected in zip(record.views, said["fingerprints"], strict=True):
        found = view.minutiae
        rows = [
            (
                KINDS[m["type"]],
                m["positionX"],
                m["positionY"],
                m["angle"] % steps,
                m.get("quality", 0),
            )
            for m in expected["minutiae"]
        ]
        angles = np.rint((-found.angle.astype(np.float64)) % TAU / unit).astype(int).tolist()
        assert (
            list(
                zip(
                    found.kind.tolist(),
                    found.x.tolist(),
                    found.y.tolist(),
                    angles,
                    found.quality.tolist(),
                    strict=True,
                )
            )
            == rows
        )
        assert view.quality == expected["quality"]


@needs_samples
def test_what_is_written_is_what_was_read_byte_for_byte_but_for_a_wrong_length() -> None:
    for path in [
        *ISO.glob("fvc*/*/*.iso"),
        ISO / "fingerprintio-samples/iso19794p2v2005-sample.dat",
    ]:
        data = path.read_bytes()
        assert write_record(read_record(data)) == data, path.name
    ansi = (ISO / "fingerprintio-samples/ansi378v2004-sample.dat").read_bytes()
    written = write_record(read_record(ansi))
    again, before = read_record(written), read_record(ansi)
    assert [view.minutiae.angle.tolist() for view in again.views] == [
        view.minutiae.angle.tolist() for view in before.views
    ]
    assert len(written) == len(ansi)
    assert int.from_bytes(written[8:10], "big") == len(ansi)  # the sample's own field is two short


@needs_samples
@pytest.mark.parametrize("name", ["ansi378v2009", "ansi378v2009am1", "iso19794p2v2011"])
def test_later_versions_are_refused_by_name(name: str) -> None:
    with pytest.raises(RecordError, match="only ISO/IEC 19794-2:2005"):
        read_record((ISO / f"fingerprintio-samples/{name}-sample.dat").read_bytes())


@needs_samples
def test_records_cut_short_are_refused_with_what_is_missing() -> None:
    cut = [path for path in (ISO / "invalid").rglob("*") if path.is_file()]
    assert cut
    for path in cut:
        with pytest.raises(RecordError, match=r"cut short|ends within"):
            read_record(path.read_bytes())


@given(st.binary(max_size=120), st.sampled_from([b"", b"FMR\0 20\0", b"FMR\x00020\0"]))
def test_any_bytes_are_a_record_or_an_error(tail: bytes, head: bytes) -> None:
    try:
        read_record(head + tail)
    except RecordError as error:
        assert str(error)


def test_too_many_minutiae_and_far_coordinates_are_refused() -> None:
    many = minutiae(np.zeros(256), np.zeros(256), np.zeros(256))
    far = minutiae([20000], [1], [0])
    for found in (many, far):
        with pytest.raises(RecordError):
            write_record(
                FingerRecord(
                    standard=Standard.ISO_2005, width=500, height=500, views=(FingerView(found),)
                )
            )


# Muster's own


def test_templates_survive_to_a_quarter_pixel_and_a_degree() -> None:
    finger = made_up_finger(3)
    data = pack_template(MinutiaeTemplate(finger, "leader-1", 77))
    back = unpack_template(data)
    assert (back.extractor, back.quality, len(back.minutiae)) == ("leader-1", 77, len(finger))
    assert np.abs(back.minutiae.x - finger.x).max() <= 0.126
    assert (
        np.abs(np.angle(np.exp(1j * (back.minutiae.angle - finger.angle)))).max()
        <= TAU / 512 + 1e-6
    )
    assert (back.minutiae.kind == finger.kind).all()
    assert np.abs(back.minutiae.quality.astype(int) - finger.quality).max() <= 2
    assert len(data) < 300


def test_altered_cut_and_unknown_templates_are_refused() -> None:
    data = pack_template(MinutiaeTemplate(made_up_finger(3), "leader-1"))
    for bad in (
        data[:-1],
        data[:20],
        b"",
        data + b"x",
        data[:50] + bytes([data[50] ^ 1]) + data[51:],
    ):
        with pytest.raises(TemplateError):
            unpack_template(bad)
    with pytest.raises(TemplateError, match="version 2"):
        unpack_template(data[:3] + b"\x02" + data[4:])


@given(st.binary(max_size=400))
def test_any_bytes_are_a_template_or_an_error(data: bytes) -> None:
    try:
        unpack_template(data)
    except TemplateError as error:
        assert str(error)


def test_the_best_minutiae_are_kept() -> None:
    finger = made_up_finger(5, 90)
    best = finger.best()
    assert len(best) == MAX_MINUTIAE
    assert best.quality.min() >= np.sort(finger.quality)[-MAX_MINUTIAE]


def test_turning_a_finger_and_back_changes_nothing() -> None:
    finger = made_up_finger(1)
    back = rotated(rotated(finger, 0.7), -0.7)
    assert np.allclose(back.x, finger.x, atol=1e-3)
    assert np.allclose(np.cos(back.angle), np.cos(finger.angle), atol=1e-4)
