"""Look-alikes: the most similar pairs of enrolled people, side by side, and which are known."""

from typing import Any

from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.api import faces as api
from console.api import review
from console.api.operation import ById, Nothing
from console.desktop.dialogs.model_dialog import ModelDialog
from console.desktop.page import Page
from console.desktop.widgets.photo_view import PhotoView
from console.desktop.words import face_match_text
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.questions import ask_text, is_sure
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

ALERT = 1e-4
"""Pairs with this FMR or less are alarms, in review too."""
SIDE_WIDTH = 440
RENEW_TEXT = tr(
    "All protected templates are replaced. Stolen copies become useless. Nobody has to re-enrol, "
    "and terminals are not affected. Do this if a copy of the data may be in the wrong hands."
)


def _verdict(pair: api.SimilarPair) -> str:
    return (
        tr("confirmed different")
        if pair.known_lookalike
        else tr("possibly the same person")
        if pair.fmr <= ALERT
        else tr("different people")
    )


def _tone(pair: api.SimilarPair) -> str:
    return "info" if pair.known_lookalike else "warn" if pair.fmr <= ALERT else "mut"


class LookalikesPage(Page):
    """The most similar pairs, with the photos of the chosen pair."""

    subjects = frozenset({"faces", "employees"})
    title = tr("Look-alikes")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._pairs: list[api.SimilarPair] = []
        columns: list[Column[api.SimilarPair]] = [
            Column(tr("Person"), lambda pair: pair.first.name, 0),
            Column(tr("Looks like"), lambda pair: pair.second.name, 0),
            Column(tr("Verdict"), _verdict, 178, tone=_tone),
            Column(tr("Similarity"), lambda pair: face_match_text(pair.fmr), 270),
        ]
        self.model: PagedModel[api.SimilarPair] = PagedModel(
            columns, lambda pair: (pair.first.id, pair.second.id), self
        )
        self.table = Table(self.model, tr("Pairs who look alike"))
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.seen = label("", "soft", wrap=True)
        self.renew = button(tr("Renew all templates…"), self._ask_renew, icon_name="refresh")
        self.model_choice = button(tr("Recogniser…"), lambda: ModelDialog(client, self).open())
        self.left, self.right = PhotoView(tr("No photo")), PhotoView(tr("No photo"))
        self.captions = (label("", "heading", wrap=True), label("", "heading", wrap=True))
        self.words = label("", "soft", wrap=True)
        self.two = button(tr("Different people…"), self._ask_reason, "primary")
        self.strike = button(tr("Undo"), self._take_back)
        self._lay_out()
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._chosen())

    def _lay_out(self) -> None:
        nobody = EmptyState(
            "users",
            tr("Nobody to compare yet"),
            tr("The most similar pairs appear here once two faces are approved."),
        )
        faces = QWidget()
        across = QHBoxLayout(faces)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(16)
        for caption, view in zip(self.captions, (self.left, self.right), strict=True):
            column = QVBoxLayout()
            column.addWidget(caption)
            column.addWidget(view, 1)
            across.addLayout(column, 1)
        pair = card([faces, self.words, row(self.two, self.strike, None)], spacing=12)
        choose = EmptyState(
            "eye",
            tr("Choose a pair"),
            tr("Their photos on file are shown side by side. Views are logged."),
        )
        self._choose, self._pair_part = card([choose]), pair
        self.side = Switch(self._choose, pair)
        sized(self.side, width=SIDE_WIDTH)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(card([self.table], margin=1), 1)
        column.addWidget(
            card(
                [
                    label(tr("How often people at this site look alike"), "heading"),
                    self.seen,
                    row(self.renew, self.model_choice, None),
                ],
            )
        )
        body = QWidget()
        outer = QHBoxLayout(body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(16)
        outer.addWidget(left, 1)
        outer.addWidget(self.side)
        self._body, self._nobody = body, nobody
        self._switch = Switch(nobody, body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.addWidget(self._switch)

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(api.most_similar, Nothing(), self._show)

    def _show(self, found: api.SimilarPairs) -> None:
        self._pairs = found.pairs
        self._switch.show_part(self._body if found.pairs else self._nobody)
        self.state_text.emit(tr_count("{count:,} person", "{count:,} people", found.people))

        self.model.show_rows(found.pairs)
        self.seen.setText("\n".join(self._rate(one) for one in found.seen))
        self._chosen()

    @staticmethod
    def _rate(seen: api.RateSeen) -> str:
        return tr(
            "At 1 in {rate:,}: {found:,} of {pairs:,} pairs (expected: {expected:.1f})",
            rate=round(1 / seen.rate),
            found=seen.beyond,
            pairs=seen.comparisons,
            expected=seen.rate * seen.comparisons,
        )

    @property
    def pair(self) -> api.SimilarPair | None:
        """The chosen pair."""
        chosen = self.table.selected()
        return chosen[0] if chosen else None

    def _chosen(self) -> None:
        pair = self.pair
        self.side.show_part(self._pair_part if pair is not None else self._choose)
        people = () if pair is None else (pair.first, pair.second)
        another = self.requests.show(" ".join(f"{one.id}:{one.enrolment_id}" for one in people))
        if pair is None:
            return
        for person, caption, view in zip(
            people, self.captions, (self.left, self.right), strict=True
        ):
            caption.setText(f"{person.name} · {person.number}")
            view.setAccessibleName(tr("Photo on file of {name}", name=person.name))
            if another:
                self._read_picture(person, view)
        reason = tr("Confirmed different: {reason}.", reason=pair.reason)
        self.words.setText(
            paragraph(
                tr("Similarity: {similarity}.", similarity=face_match_text(pair.fmr)),
                reason if pair.known_lookalike else "",
            )
        )
        self.two.setVisible(not pair.known_lookalike)
        self.strike.setVisible(pair.known_lookalike)

    def _read_picture(self, person: api.PairedPerson, view: PhotoView) -> None:
        """Viewing a photo is audited: it is asked for once while the pair is shown."""
        view.clear(tr("Loading the photo…") if person.enrolment_id else tr("No photo"))
        if person.enrolment_id:
            self.requests.read(
                review.picture,
                ById(id=person.enrolment_id),
                lambda picture: view.show_photo(picture.jpeg, None, None, []),
                kind=f"picture {person.enrolment_id}",
            )

    def _ask_reason(self) -> None:
        pair = self.pair
        if pair is None:
            return
        question = tr("How do you know? For example: both at the desk, passports seen.")
        text = ask_text(self, tr("Different people"), question, tr("Save"))
        if text is not None:
            self.set_known_lookalike(pair, True, text)

    def _take_back(self) -> None:
        if self.pair is not None:
            self.set_known_lookalike(self.pair, False, "")

    def set_known_lookalike(
        self, pair: api.SimilarPair, known_lookalike: bool, reason: str
    ) -> None:
        """Records that this pair is two people, or takes that back."""
        self.requests.change(
            api.set_known_lookalike,
            api.SetKnownLookalike(
                first_id=pair.first.id,
                second_id=pair.second.id,
                known_lookalike=known_lookalike,
                reason=reason,
            ),
            self._show,
            late=self._show,
        )

    def _ask_renew(self) -> None:
        if is_sure(self, tr("Renew"), tr("Renew the templates of all faces?"), RENEW_TEXT):
            self.renew_now()

    def renew_now(self) -> None:
        """Makes all protected templates anew."""
        self.renew.setEnabled(False)
        self.client.call(api.renew, Nothing(), self._renewed, self._not_renewed, self)

    def _renewed(self, renewed: api.Renewed) -> None:
        self.renew.setEnabled(True)
        text = tr_count(
            "{count:,} template or photo vector renewed.",
            "{count:,} templates and photo vectors renewed.",
            renewed.vectors,
        )
        self.message.emit(text, False)

    def _not_renewed(self, error: Any) -> None:
        self.renew.setEnabled(True)
        self.failed(error)
