"""From a sealed photo to its verdict: JPEG and HEIC of 12 megapixels, by the real workers."""

import io
import time
from pathlib import Path

import pillow_heif
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from console.biometrics.faces.quality.profiles import DEFAULT_PROFILE, PROFILES
from console.biometrics.refusals import PhotoRefused
from console.biometrics.workers.live_guide import LiveGuide
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.demo.photos import PHOTO, PORTRAIT, simulated_camera
from console.store.vault import HPKE_SUITE, upload_info

ROUNDS = 12
GUIDED_FRAMES = 180
"""Of the simulated camera: the face is far away, too dark, and as it should be."""
SIZE = (3000, 4000)
"""Pixels: 12 megapixels, as phones take them."""
Figures = dict[str, float]


def phone_photos() -> dict[str, bytes]:
    """Return the demo's photo at the size of a phone's, in the two formats that phones send."""
    picture = Image.open(PHOTO).convert("RGB").crop(PORTRAIT).resize(SIZE, Image.Resampling.LANCZOS)
    pillow_heif.register_heif_opener()
    files = {}
    for name, kind, quality in (("jpeg", "JPEG", 92), ("heic", "HEIF", 80)):
        out = io.BytesIO()
        picture.save(out, kind, quality=quality)
        files[name] = out.getvalue()
    return files


def measure(data: Path | None) -> Figures:
    """Return seconds per photo from unsealing to verdict, with workers that are warmed up."""
    private = ec.generate_private_key(ec.SECP256R1())
    info = upload_info("0" * 64, 1)
    files = (
        {path.name: path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}
        if data
        else phone_photos()
    )
    sealed = {
        name: HPKE_SUITE.encrypt(file, private.public_key(), info=info)
        for name, file in files.items()
    }
    times: dict[str, list[float]] = {name: [] for name in sealed}
    with PhotoPipeline() as pipeline:
        for blob in list(sealed.values())[:2]:
            _screen(pipeline, HPKE_SUITE.decrypt(blob, private, info=info))
        for _ in range(1 if data else ROUNDS):
            for name, blob in sealed.items():
                started = time.perf_counter()
                _screen(pipeline, HPKE_SUITE.decrypt(blob, private, info=info))
                times[name].append(time.perf_counter() - started)
        peak = pipeline.peak_memory_mb()
    everything = sorted(seconds for one in times.values() for seconds in one)
    figures = {
        "photos": len(everything),
        "p50_s": round(percentile(everything, 0.50), 3),
        "p95_s": round(percentile(everything, 0.95), 3),
        "photos_per_s": round(len(everything) / sum(everything), 2),
        "peak_mb": round(peak, 1),
    }
    if not data:
        for name, one in times.items():
            figures[f"{name}_p50_s"] = round(percentile(sorted(one), 0.50), 3)
            figures[f"{name}_p95_s"] = round(percentile(sorted(one), 0.95), 3)
    return figures | ({} if data else {"guided_frames_per_s": guided_frames_per_s()})


def guided_frames_per_s() -> float:
    """Return the rate of live guidance on frames of 1280 x 960 px, by its own process."""
    camera = simulated_camera()
    frames = [camera.read() for _ in range(GUIDED_FRAMES)]
    camera.close()
    with LiveGuide(PROFILES[DEFAULT_PROFILE]) as guide:
        guide.analyse_frame(frames[0])
        started = time.perf_counter()
        for frame in frames:
            guide.analyse_frame(frame)
        return round(len(frames) / (time.perf_counter() - started), 1)


def _screen(pipeline: PhotoPipeline, photo: bytes) -> None:
    try:
        pipeline.screen(photo)
    except PhotoRefused:
        return


def percentile(ordered: list[float], fraction: float) -> float:
    """Return the value at this fraction of an ascending list, by the nearest rank."""
    return ordered[min(len(ordered) - 1, round(fraction * (len(ordered) - 1)))]
