"""PE4: a folder of photos is previewed, taken as a task, and reported as a file."""

from pathlib import Path

from console.demo.photos import good_photos
from console.desktop.pages.employees import PHOTO_FOLDERS, EmployeesPage
from console.desktop.shell import Shell
from console.domain.photo_names import PhotoUse
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_photo_files import agreed, nobody


def test_PE4_photos_of_a_folder_are_shown_taken_and_reported(
    shell: Shell, running: RunningSite, tmp_path: Path, qtbot
) -> None:
    good, bad, silent = agreed(running), agreed(running), running.add_employee()
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / f"{good.number}.jpg").write_bytes(good_photos()[0])
    (folder / f"{good.number}_2.jpg").write_bytes(b"x" * MAX_PHOTO)
    (folder / f"{bad.email}.jpg").write_bytes(nobody())
    (folder / f"{silent.number}.jpg").write_bytes(b"")
    (folder / "Thumbs.db").write_bytes(b"")
    dialog = open_page(shell, EmployeesPage).open_photos(folder)
    qtbot.waitUntil(dialog.go.isEnabled)
    assert dialog.summary.text() == "3 photos · 2 people · 2 files left out"
    dialog.go.click()
    qtbot.waitUntil(dialog.save.isVisible)
    assert dialog.summary.text() == "1 photo waiting for review · 4 not taken"
    dialog.save_report(tmp_path / "report.csv")
    lines = (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "File,Number,Person,Result"
    assert f"{good.number}.jpg,{good.number},{good.full_name},Waiting for review" in lines
    too_large = f"The photos of one person may have {MAX_PHOTO_WORDS} at most"
    assert f"{good.number}_2.jpg,,,{too_large}" in lines
    assert "Thumbs.db,,,Not a picture file" in lines
    dialog.reject()
    running.wait_status(good, "pending_approval")


def test_N5_a_folder_of_id_photos_is_kept_and_reported(
    shell: Shell, running: RunningSite, tmp_path: Path, qtbot
) -> None:
    person, empty = running.add_employee(), running.add_employee()
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / f"{person.number}.jpg").write_bytes(nobody())
    (folder / f"{empty.number}.jpg").write_bytes(b"")
    dialog = open_page(shell, EmployeesPage).open_photos(folder, PhotoUse.ID_PHOTO)
    assert "once the person has agreed" in dialog.hint.text()
    qtbot.waitUntil(dialog.go.isEnabled)
    dialog.go.click()
    qtbot.waitUntil(dialog.save.isVisible)
    assert dialog.summary.text() == "1 photo kept · 1 not taken"
    dialog.save_report(tmp_path / "report.csv")
    lines = (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()
    assert f"{person.number}.jpg,{person.number},{person.full_name},Kept" in lines
    assert f"{empty.number}.jpg,,,The file is empty" in lines
    assert f"{dialog.windowTitle()}…" in PHOTO_FOLDERS
