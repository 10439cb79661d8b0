"""Model files by manifest: a file whose sha256 the manifest does not name is never loaded."""

import hashlib
import json
from pathlib import Path

import onnxruntime as ort

from console.biometrics.refusals import ModelRefused
from console.resources import RESOURCES

MANIFEST = RESOURCES / "models" / "manifest.json"


def model_path(name: str, manifest: Path = MANIFEST) -> Path:
    """The checked path of the model `name`. Raises ModelRefused."""
    entries = json.loads(manifest.read_text("utf-8"))
    if name not in entries:
        raise ModelRefused(f"no model named {name!r} in {manifest.name}")
    path: Path = manifest.parent / entries[name]["file"]
    if not path.is_file():
        raise ModelRefused(f"the model file {path.name} is missing: install Muster again")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != entries[name]["sha256"]:
        raise ModelRefused(
            f"{path.name} has sha256 {found[:12]}…, the manifest says {entries[name]['sha256'][:12]}…"
        )
    return path


def load_session(name: str, threads: int = 1, one_size: bool = True) -> ort.InferenceSession:
    """As open_session, of the model `name`."""
    return open_session(model_path(name), threads, one_size)


def open_session(path: Path, threads: int = 1, one_size: bool = True) -> ort.InferenceSession:
    """An onnxruntime session on the CPU of a file whose hash was checked. one_size: all inputs have the same; else no memory is laid out
    for each new size and kept. Raises ModelRefused."""
    options = ort.SessionOptions()
    options.enable_mem_pattern = one_size
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (
        Exception
    ) as error:  # onnxruntime has an exception for each kind of defect, and they share no base
        raise ModelRefused(f"{path.name} is no model that can be run: {error}") from error
