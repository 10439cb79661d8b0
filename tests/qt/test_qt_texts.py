"""T21: what Qt says by itself is said in the language of the windows, too."""

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
)

from console.catalogue import catalogue_of
from console.domain.language import CHINESE, ENGLISH, LANGUAGES
from console.qt.language import use_language
from console.qt.qt_texts import QT_TEXTS, QtTexts

OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]


@pytest.fixture
def chinese(themed: QApplication) -> Iterator[None]:
    use_language(CHINESE)
    texts = QtTexts(themed)
    yield
    themed.removeTranslator(texts)


def test_the_menu_of_a_field_is_said_in_the_language_of_the_windows(chinese: None, qtbot) -> None:
    for field in (QLineEdit("abc"), QPlainTextEdit("abc")):
        qtbot.addWidget(field)
        menu = field.createStandardContextMenu()
        assert menu is not None
        said = [one.text().partition("\t")[0] for one in menu.actions() if one.text()]
        assert said[:6] == ["撤销", "恢复", "剪切", "复制", "粘贴", "删除"]
        menu.deleteLater()


def test_the_buttons_of_a_message_are_said_in_the_language_of_the_windows(
    chinese: None, qtbot
) -> None:
    kinds = QMessageBox.StandardButton
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(kinds.Ok | kinds.Cancel | kinds.Close)
    buttons = [box.button(one) for one in (kinds.Ok, kinds.Cancel, kinds.Close)]
    assert [one.text() for one in buttons if one is not None] == ["确定", "取消", "关闭"]


def test_the_dialog_for_files_is_said_in_the_language_of_the_windows(chinese: None, qtbot) -> None:
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    said = {one.text() for one in dialog.findChildren(QLabel)}
    said |= {one.text() for one in dialog.findChildren(QPushButton)}
    assert {"文件名：", "文件类型：", "保存", "取消"} <= said
    assert not any(one.isascii() for one in said if one)


def test_what_the_catalogue_does_not_know_stays_as_qt_says_it(chinese: None) -> None:
    assert QCoreApplication.translate("QGauge", "Needle %1") == "Needle %1"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_qts_is_translated(language: str) -> None:
    catalogue = catalogue_of(language)
    assert [one for one in sorted(QT_TEXTS) if catalogue.gettext(one) == one] in ([], ["OK"])
