"""The pages of the window, one of them shown; a page that needs more room scrolls inside. CO11."""

from PyQt6.QtWidgets import QFrame, QScrollArea, QStackedWidget

from console.desktop.page import Page


class PageStack(QStackedWidget):
    """No page makes the window larger: on small screens, and where all is drawn at 200 %."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self._areas: dict[Page, QScrollArea] = {}

    def add_page(self, page: Page) -> None:
        """Takes a page in."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self._areas[page] = area
        self.addWidget(area)
        area.setWidget(page)  # last: all that is inside is fitted to the style each time it moves

    def show_page(self, page: Page) -> None:
        """Shows this one."""
        self.setCurrentWidget(self._areas[page])

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        shown = self.currentWidget()
        return next((page for page, area in self._areas.items() if area is shown), None)

    def remove_page(self, page: Page) -> None:
        """Closes a page, so that it lets go of cameras and readers, and deletes it."""
        page.close()
        area = self._areas.pop(page)
        self.removeWidget(area)
        area.deleteLater()
