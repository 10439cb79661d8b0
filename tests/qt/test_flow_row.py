"""CO11: a row of choices never makes its page wider than the screen: it goes on in a next line."""

from PyQt6.QtWidgets import QApplication, QLabel

from console.qt.flow_row import FlowRow
from console.qt.sizes import sized


def test_CO11_a_row_takes_as_many_lines_as_it_needs(themed: QApplication, qtbot) -> None:
    parts = [QLabel(str(number)) for number in range(4)]
    for part in parts:
        sized(part, width=100, height=30)
    flow = FlowRow(*parts, spacing=10)
    qtbot.addWidget(flow)
    flow.resize(430, 30)
    flow.show()
    assert {part.y() for part in parts} == {0}
    assert flow.minimumSizeHint().width() == 100
    assert flow.heightForWidth(429) == 70
    flow.resize(215, 200)
    qtbot.waitUntil(lambda: [part.y() for part in parts] == [0, 0, 40, 40])
    assert [part.x() for part in parts] == [0, 110, 0, 110]
    parts[0].hide()
    qtbot.waitUntil(lambda: [part.x() for part in parts[1:]] == [0, 110, 0])
    assert flow.heightForWidth(50) == 110
