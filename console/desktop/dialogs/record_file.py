"""The file that a person's fingers are exported to, as one record of a standard."""

from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from console.domain.language import tr


@dataclass(frozen=True)
class ChosenRecordFile:
    """A file that the operator chose. standard: "iso" or "ansi"."""

    path: Path
    standard: str

    def write(self, data: bytes) -> None:
        """Writes the record. Raises OSError."""
        self.path.write_bytes(data)


def ask_record_file(parent: QWidget, number: str) -> ChosenRecordFile | None:
    """Asks where to write the fingers of this employee number. None if it was cancelled."""
    kinds = {
        tr("ISO/IEC 19794-2, one record (*.fmr)"): "iso",
        tr("ANSI 378, one record (*.ansi-fmr)"): "ansi",
    }
    name, kind = QFileDialog.getSaveFileName(
        parent, tr("Export fingers"), f"{number}.fmr", ";;".join(kinds)
    )
    return ChosenRecordFile(Path(name), kinds.get(kind, "iso")) if name else None
