"""Settings: the site's name and time zone, email, the portal's address, terminals, screening."""

from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.api import faces, first_steps
from console.api import site as api
from console.api import terminals as terminals_api
from console.api.operation import ApiError, Nothing
from console.desktop.dialogs.support_dialog import SupportDialog
from console.desktop.dialogs.updates_dialog import UpdatesDialog
from console.desktop.page import Page
from console.desktop.widgets.repeat_choice import RepeatChoice
from console.desktop.widgets.zone_choice import ZoneChoice
from console.domain.first_steps import FirstStep, StepState
from console.domain.language import LANGUAGES, paragraph, tr, tr_day
from console.domain.set_aside import DAYS_KEPT
from console.qt.client import ServiceClient
from console.qt.number_box import NumberBox
from console.qt.sizes import sized
from console.qt.widgets import Field, button, card, label, row

_SECURITY = (("starttls", "STARTTLS"), ("tls", "TLS"), ("none", tr("None (this computer only)")))
WIDTH, MARGIN = 640, 24
LANGUAGE = tr("Language of emails")
TESTING = tr("Saving the settings and contacting the email server…")
KEPT_FOR = tr("Keep unreadable log lines for")
UNLESS = tr("People who have chosen a language get their emails in that language.")
ELSEWHERE = tr(
    "Somebody else has changed the settings in the meantime. Saving overwrites their changes."
)
NO_CERTIFICATE = tr(
    "Terminals cannot use TLS: the service was started without a certificate for them. Names, "
    "faces and fingers are sent to them unencrypted. “muster certificate” makes a certificate and "
    "says what to do next."
)
CERTIFICATE_ENDS = tr(
    "The certificate has expired or expires soon. Renew it with “muster certificate” and restart "
    "the service; otherwise terminals that check certificates will refuse it."
)


def _certificate(tls: api.PushTls) -> str:
    middle = len(tls.fingerprint) // 2 + 1  # the line breaks between two pairs
    shown = f"{tls.fingerprint[:middle]}\n{tls.fingerprint[middle:]}"
    until = tr_day(tls.ends.astimezone())
    said = tr("Its certificate is valid until {day}. Its SHA-256 fingerprint:", day=until)
    return f"{said}\n{shown}"


def _dialled(overview: api.Overview) -> str:
    """Where terminals connect; "" where none can."""
    plain = overview.push_address
    tls = overview.push_tls.address if overview.push_tls is not None else ""
    said = tr("Terminals connect to {plain}, or with TLS to {tls}.", plain=plain, tls=tls)
    if not tls:
        said = tr("Terminals connect to {plain}.", plain=plain) if plain else ""
    elif not plain:
        said = tr("Terminals connect with TLS to {tls}.", tls=tls)
    return said


class SettingsPage(Page):
    """The settings of the site as a form."""

    subjects = frozenset({"site"})
    title = tr("Settings")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.site = Field(tr("Name of the site, as employees see it"))
        self.portal_url = Field(
            tr("Portal address used in invitation links"),
            hint=tr("Leave empty to use this computer's portal"),
        )
        self.profile = QComboBox()
        self.profile.setAccessibleName(tr("Screening profile"))
        self.language = QComboBox()
        self.language.setAccessibleName(LANGUAGE)
        self.language.setAccessibleDescription(UNLESS)
        self.language.setToolTip(UNLESS)
        for one in LANGUAGES.values():
            self.language.addItem(one.name, one.tag)
        self.zone = ZoneChoice()
        self.lines_kept = NumberBox(KEPT_FOR, DAYS_KEPT[0], DAYS_KEPT[-1])
        self.lines_kept.count_days()
        self.repeats = RepeatChoice()
        self.subnets = Field(
            tr("Subnets where terminals may change their address"),
            hint=tr("Leave empty to be asked about each change; e.g. 192.168.1.0/24"),
        )
        self.second_check = QCheckBox(
            tr("Also ask for the last 4 characters of the employee number")
        )
        self.host, self.username, self.sender_address = (
            Field(tr("Email server")),
            Field(tr("User name")),
            Field(tr("Sender address")),
        )
        self.password = Field(tr("Password (leave empty to keep the current one)"), password=True)
        self.port = NumberBox(tr("Port"), 1, 65535)
        self.security = QComboBox()
        self.security.setAccessibleName(tr("Encryption"))
        for value, text in _SECURITY:
            self.security.addItem(text, value)
        self.test_to = Field(tr("Send a test email to"))
        self.result = label("", "soft", wrap=True)
        self.push = label("", "soft", wrap=True)
        self.tls = label("", "soft", wrap=True)
        self.tls.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tls_ends = label(CERTIFICATE_ENDS, "error", wrap=True)
        self.tls_ends.hide()
        self.tls_only = QCheckBox(tr("Refuse terminals that connect without TLS"))
        self.theirs = button(tr("Show their changes"), self._show_theirs)
        self.elsewhere = row(label(ELSEWHERE, "error", wrap=True), self.theirs)
        self.elsewhere.hide()
        self._known: api.SiteSettings | None = None
        self._filled: api.SiteSettings | None = None
        """The values of the form as it was last filled."""
        self.fields = {
            "site": self.site,
            "portal_url": self.portal_url,
            "email.host": self.host,
            "email.sender": self.sender_address,
            "to": self.test_to,
            "moving_subnets": self.subnets,
        }
        self._lay_out()

    def _lay_out(self) -> None:
        numbers = QFormLayout()
        numbers.setContentsMargins(0, 0, 0, 4)
        numbers.addRow(tr("Port"), self.port)
        numbers.addRow(tr("Encryption"), self.security)
        holder = QWidget()
        holder.setLayout(numbers)
        profile = QFormLayout()
        profile.setContentsMargins(0, 0, 0, 4)
        profile.addRow(tr("Time zone"), self.zone)
        profile.addRow(LANGUAGE, self.language)
        profile.addRow(tr("Screening profile"), self.profile)
        profile_holder = QWidget()
        profile_holder.setLayout(profile)
        general = card(
            [
                label(tr("Site"), "heading"),
                self.site,
                self.portal_url,
                profile_holder,
                self.second_check,
            ],
        )
        test = row(button(tr("Send test email"), self.send_test), None)
        email = card(
            [
                label(tr("Email"), "heading"),
                self.host,
                holder,
                self.username,
                self.password,
                self.sender_address,
                self.test_to,
                test,
                self.result,
            ],
        )
        kept = QFormLayout()
        kept.setContentsMargins(0, 0, 0, 4)
        kept.addRow(KEPT_FOR, self.lines_kept)
        kept.addRow(tr("Repeated logins in the log"), self.repeats)
        kept_holder = QWidget()
        kept_holder.setLayout(kept)
        terminals = card(
            [
                label(tr("Terminals"), "heading"),
                self.push,
                self.tls,
                self.tls_ends,
                self.tls_only,
                self.subnets,
                kept_holder,
            ]
        )
        about = label(
            tr("New versions of Muster, and a report for support when something does not work."),
            "soft",
            wrap=True,
        )
        self.updates = button(tr("Updates…"), self.open_updates)
        self.support = button(tr("Report for support…"), self.open_support)
        acts = row(self.updates, self.support, None)
        updates = card([label(tr("Updates and support"), "heading"), about, acts])
        inner = QWidget()
        column = self._column = QVBoxLayout(inner)
        column.setContentsMargins(MARGIN, 16, MARGIN, 16)
        column.setSpacing(16)
        for part in (general, email, terminals, updates):
            sized(part, most_width=WIDTH)
            column.addWidget(part)
        column.addWidget(self.elsewhere)
        steps = button(tr("Show the first steps again"), self.show_first_steps)
        column.addWidget(row(button(tr("Save"), self.save, "primary"), steps, None))
        column.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def turn_to(self, field: Field) -> None:
        """Shows this field and waits for its text."""
        field.edit.setFocus()
        self._scroll.ensureWidgetVisible(field)

    def open_updates(self) -> None:
        """Shows what there is to install, and where it comes from."""
        UpdatesDialog(self.client, self).open()

    def open_support(self) -> None:
        """Shows what a supporter has to know."""
        SupportDialog(self.client, self).open()

    def show_first_steps(self) -> None:
        """Takes up again what was skipped of them; the title bar shows what is left."""
        request = first_steps.SkipSteps(steps=list(FirstStep), skip=False)
        self.call(first_steps.skip_steps, request, self._say_steps)

    def _say_steps(self, found: first_steps.FirstSteps) -> None:
        left = StepState.OPEN in found.states.values()
        text = tr("They are shown at the top again.") if left else tr("All first steps are done.")
        self.message.emit(text, False)

    def refresh(self) -> None:
        """Reads again what is shown. What was typed and is not saved yet stays."""
        self.read(api.overview, Nothing(), self._show_overview)
        if self._is_typed:
            self.read(api.get_settings, Nothing(), self._compare)
        else:
            self.read(faces.profiles, Nothing(), self._read_zones)

    @property
    def _is_typed(self) -> bool:
        return self._filled is not None and self._values() != self._filled

    def _compare(self, settings: api.SiteSettings) -> None:
        self.elsewhere.setVisible(settings != self._known)

    def _show_theirs(self) -> None:
        self._filled = None
        self.refresh()

    def _read_zones(self, profiles: faces.Profiles) -> None:
        filled = partial(self._read_settings, profiles)
        self.read(terminals_api.zone_names, Nothing(), filled)

    def _read_settings(self, profiles: faces.Profiles, zones: terminals_api.ZoneNames) -> None:
        self.read(api.get_settings, Nothing(), partial(self._fill, profiles, zones))

    def _fill(
        self, profiles: faces.Profiles, zones: terminals_api.ZoneNames, settings: api.SiteSettings
    ) -> None:
        if self._is_typed:  # since it was asked
            self._compare(settings)
            return
        self.profile.clear()
        self.profile.addItems([profile.name for profile in profiles.profiles])
        self.zone.fill(zones.names, zones.site)
        self._show(settings)

    def _show(self, settings: api.SiteSettings) -> None:
        self.site.edit.setText(settings.site)
        self.portal_url.edit.setText(settings.portal_url)
        self.profile.setCurrentText(settings.screening_profile)
        self.second_check.setChecked(settings.second_check)
        self.zone.setCurrentIndex(self.zone.findData(settings.zone))
        self.language.setCurrentIndex(self.language.findData(settings.language))
        self.lines_kept.setValue(settings.lines_kept_days)
        self.repeats.choose(settings.repeat_s)
        self.tls_only.setChecked(settings.push_tls_only)
        self.subnets.edit.setText(", ".join(settings.moving_subnets))
        self.host.edit.setText(settings.email.host)
        self.port.setValue(settings.email.port)
        self.security.setCurrentIndex(
            [value for value, _ in _SECURITY].index(settings.email.security)
        )
        self.username.edit.setText(settings.email.username)
        self.password.edit.clear()
        self.sender_address.edit.setText(settings.email.sender)
        self._known, self._filled = settings, self._values()
        self.elsewhere.hide()

    def _show_overview(self, overview: api.Overview) -> None:
        tls = overview.push_tls
        portal = tr("Portal: {address}.", address=overview.portal_url)
        self.push.setText(paragraph(_dialled(overview), portal))
        self.tls.setText(_certificate(tls) if tls else NO_CERTIFICATE)
        self.tls_ends.setVisible(bool(tls and tls.ends_soon))
        # without a certificate it can be switched off, never on
        self.tls_only.setEnabled(tls is not None or self.tls_only.isChecked())
        self.tls_only.setVisible(bool(overview.push_address))
        self._make_room()

    def _make_room(self) -> None:
        """Else longer texts would squeeze the fields: a scroll area does not ask for them."""
        inner = self._column.parentWidget()
        assert inner is not None
        needed = self._column.totalHeightForWidth(WIDTH + 2 * MARGIN)
        inner.setMinimumHeight(max(0, needed))  # negative before the texts are laid out

    def _values(self) -> api.SiteSettings:
        email = api.EmailSettings(
            host=self.host.text(),
            port=self.port.value(),
            security=self.security.currentData(),
            username=self.username.text(),
            password=self.password.text(),
            sender=self.sender_address.text(),
        )
        return api.SiteSettings(
            site=self.site.text(),
            portal_url=self.portal_url.text(),
            email=email,
            screening_profile=self.profile.currentText(),
            second_check=self.second_check.isChecked(),
            zone=self.zone.zone(),
            language=self.language.currentData(),
            lines_kept_days=self.lines_kept.value(),
            repeat_s=self.repeats.seconds(),
            push_tls_only=self.tls_only.isChecked(),
            moving_subnets=self.subnets.text().split(","),
        )

    def save(self) -> None:
        """Saves the form."""
        self._clear()
        self.requests.change(api.save_settings, self._values(), self._saved, self._wrong)

    def _saved(self, settings: api.SiteSettings) -> None:
        self.message.emit(tr("Settings saved."), False)
        self._show(settings)

    def send_test(self) -> None:
        """Saves the form and sends a test email."""
        self._clear()
        self.result.setText(TESTING)
        self.requests.change(
            api.save_settings, self._values(), self._test_what_is_saved, self._wrong
        )

    def _test_what_is_saved(self, settings: api.SiteSettings) -> None:
        self._show(settings)
        self.requests.read(
            api.test_email,
            api.TestEmail(to=self.test_to.text()),
            lambda r: self.result.setText(r.message),
            self._wrong,
        )

    def _clear(self) -> None:
        self.result.setText("")
        for field in self.fields.values():
            field.set_problem("")

    def _wrong(self, error: ApiError) -> None:
        self.result.setText("")
        field = self.fields.get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self.failed(error)
