"""What Qt itself says, in the language of the windows: PyQt6 brings no catalogue of Qt's."""

from PyQt6.QtCore import QCoreApplication, QTranslator

from console.domain.language import msgid, tr

QT_TEXTS = frozenset(
    {
        # buttons of messages
        msgid("OK"),
        msgid("Cancel"),
        msgid("Close"),
        msgid("Save"),
        msgid("Yes"),
        msgid("No"),
        # the menu of a field
        msgid("Undo"),
        msgid("Redo"),
        msgid("Cut"),
        msgid("Copy"),
        msgid("Copy Link Location"),
        msgid("Paste"),
        msgid("Delete"),
        msgid("Select All"),
        msgid("Step up"),
        msgid("Step down"),
        # the dialog for files, where the system has none
        msgid("Open"),
        msgid("Choose"),
        msgid("Save As"),
        msgid("Find Directory"),
        msgid("Look in:"),
        msgid("File name:"),
        msgid("Directory:"),
        msgid("Files of type:"),
        msgid("All Files (*)"),
        msgid("Name"),
        msgid("Size"),
        msgid("Type"),
        msgid("Date Modified"),
        msgid("Computer"),
        msgid("Back"),
        msgid("Forward"),
        msgid("Parent Directory"),
        msgid("Create New Folder"),
        msgid("New Folder"),
        msgid("List View"),
        msgid("Detail View"),
        msgid("Rename"),
        msgid("Remove"),
        msgid("Show hidden files"),
        msgid("%1 already exists.\nDo you want to replace it?"),
        msgid("%1\nFile not found.\nPlease verify the correct file name was given."),
        msgid("%1\nDirectory not found.\nPlease verify the correct directory name was given."),
    }
)
"""Without the & that marks a letter: in Chinese it would mark none."""


class QtTexts(QTranslator):
    """Says these texts as the catalogue does; all others stay as Qt has them."""

    def __init__(self, app: QCoreApplication) -> None:
        """Serves this application from now on."""
        super().__init__(app)
        app.installTranslator(self)

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        """Never, although no file was loaded."""
        return False

    def translate(  # type: ignore[override]  # None is a null string, which Qt passes over
        self,
        _context: str | None,
        text: str | None,
        _comment: str | None = None,
        _count: int = -1,
    ) -> str | None:
        """The text in the language of the windows; None for one that is not known."""
        plain = (text or "").replace("&", "")
        return tr(plain) if plain in QT_TEXTS else None
