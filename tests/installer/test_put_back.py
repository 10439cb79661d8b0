"""What strangers have put among the program's files survives an upgrade."""

from pathlib import Path

from installer.put_back import put_back
from tests.installer.test_payload import write


def test_what_is_not_ours_comes_back_and_nothing_of_the_new_version_is_replaced(
    tmp_path: Path,
) -> None:
    former = write(tmp_path / "before", **{"site/notes.txt": "mine", "site/a.py": "old"})
    (former / "site" / "empty").mkdir()
    installed = write(tmp_path / "now", **{"site/a.py": "new"})
    put_back(former, installed)
    assert (installed / "site" / "notes.txt").read_text() == "mine"
    assert (installed / "site" / "a.py").read_text() == "new"
    assert [path.name for path in former.rglob("*")] == ["site", "a.py"], "it is kept"


def test_a_former_version_that_left_nothing_goes_altogether(tmp_path: Path) -> None:
    former = tmp_path / "before"
    put_back(former, tmp_path)
    (former / "site" / "a").mkdir(parents=True)
    put_back(former, tmp_path)
    assert not former.exists()
