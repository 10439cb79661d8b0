"""The nets that ship, by manifest.

A file whose sha256 the manifest does not name is never loaded.
"""

import hashlib
import json
from pathlib import Path

import onnxruntime as ort

from console.biometrics.refusals import ModelRefused
from console.resources import RESOURCES

MANIFEST = RESOURCES / "models" / "manifest.json"


def model_path(name: str, manifest: Path = MANIFEST) -> Path:
    """Return the path of the model `name`, after checking its hash. Raises ModelRefused."""
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
            f"{path.name} has sha256 {found[:12]}…, "
            f"the manifest says {entries[name]['sha256'][:12]}…"
        )
    return path


def load_session(name: str, threads: int = 1, one_size: bool = True) -> ort.InferenceSession:
    """Return a session of the model `name`, as open_session does. Raises ModelRefused."""
    return open_session(model_path(name), threads, one_size)


def open_session(path: Path, threads: int = 1, one_size: bool = True) -> ort.InferenceSession:
    """Return an onnxruntime session on the CPU. path: of a file whose hash was checked.

    one_size: all inputs have the same size. Otherwise onnxruntime would keep a memory layout for
    every new size. Raises ModelRefused.
    """
    options = ort.SessionOptions()
    options.enable_mem_pattern = one_size
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no base class of their own
        raise ModelRefused(f"{path.name} is no model that can be run: {error}") from error
