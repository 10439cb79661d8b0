"""What the headings of a list of employees mean, in the words of personnel systems."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum


class Field(StrEnum):
    """What a column holds. IGNORED: nothing that is read."""

    NUMBER = "number"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    EMAIL = "email"
    DEPARTMENT = "department"
    ACTIVE = "active"
    MAY_LOG_IN = "may_log_in"
    VALID_FROM = "valid_from"
    VALID_UNTIL = "valid_until"
    BADGE = "badge"
    IGNORED = ""


HEADER_WITHIN = 20
"""Rows above the headings, such as a title, that are skipped."""
_WORDS = {
    Field.NUMBER: (
        "number|no|nr|id|pin|code|employee|employee number|employee no|employee id|employee code|"
        "emp no|emp id|emp code|emp number|staff no|staff id|staff number|staff code|badge|"
        "badge number|person id|personnel number|personnel no|user id|payroll number|"
        "personalnummer|personal nr|pers nr|mitarbeiternummer|mitarbeiter nr|ausweisnummer|"
        "matricule|numero|numero employe|numero de empleado|numero empleado|codigo|matricula|"
        "matricola|numero dipendente|personeelsnummer|medewerkernummer|medarbejdernummer|"
        "anstallningsnummer|numer pracownika|osobni cislo|sicil no|nombor pekerja|no pekerja|"
        "nomor karyawan|табельный номер|工号|员工号|员工编号|编号|工號|員工編號|"
        "社員番号|従業員番号|사번"
    ),
    Field.FIRST_NAME: (
        "first name|firstname|given name|given names|forename|vorname|prenom|nombre|nome|voornaam|"
        "fornavn|fornamn|imie|jmeno|ad|nama pertama|имя|名|名字|이름"
    ),
    Field.LAST_NAME: (
        "last name|lastname|surname|family name|nachname|familienname|nom|nom de famille|apellido|"
        "apellidos|sobrenome|apelido|cognome|achternaam|efternavn|efternamn|etternavn|nazwisko|"
        "prijmeni|soyad|nama keluarga|фамилия|姓|성"
    ),
    Field.FULL_NAME: (
        "name|full name|fullname|employee name|staff name|display name|vollstandiger name|"
        "mitarbeiter|nom complet|nombre completo|nome completo|nama|nama penuh|фио|姓名|氏名|성명"
    ),
    Field.EMAIL: (
        "email|e mail|mail|email address|e mail address|mail address|work email|company email|"
        "business email|e mail adresse|mailadresse|courriel|adresse email|correo|"
        "correo electronico|e post|emel|электронная почта|почта|邮箱|电子邮件|電子郵件|メール|"
        "メールアドレス|이메일"
    ),
    Field.DEPARTMENT: (
        "department|dept|department name|division|unit|team|cost centre|cost center|abteilung|"
        "bereich|service|departement|departamento|reparto|afdeling|afdelning|avdelning|dzial|"
        "oddeleni|bolum|jabatan|отдел|цех|подразделение|部门|部門|部署|부서"
    ),
    Field.ACTIVE: (
        "active|status|employment status|employee status|state|aktiv|statut|actif|estado|activo|"
        "stato|attivo|actief|statusas|状态|狀態|статус"
    ),
    Field.MAY_LOG_IN: (
        "may log in|may log in at terminals|terminal access|teamtime employee|can clock in|"
        "uses terminals"
    ),
    Field.VALID_FROM: (
        "valid from|from|start date|hire date|date of joining|joining date|join date|hired|"
        "eintritt|eintrittsdatum|gultig ab|date d entree|fecha de alta|入职日期"
    ),
    Field.VALID_UNTIL: (
        "valid until|valid to|until|end date|exit date|termination date|leaving date|"
        "last working day|austritt|austrittsdatum|gultig bis|date de sortie|fecha de baja|离职日期"
    ),
    Field.BADGE: (
        "badge code|badge value|badge uid|card|card number|card no|card code|card uid|qr|qr code|"
        "kartennummer|karten nr|ausweiscode|numero de carte|carte|numero de tarjeta|卡号"
    ),
}
_BETWEEN = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _plain(heading: str) -> str:
    """Lower case, without accents, marks and the seams of words."""
    split = _CAMEL.sub(" ", heading)
    letters = unicodedata.normalize("NFKD", split.replace("ß", "ss")).casefold()
    without = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", _BETWEEN.sub(" ", without).strip())


_MEANING = {_plain(word): field for field, words in _WORDS.items() for word in words.split("|")}


def meaning(heading: str) -> Field:
    """What a column of this heading holds."""
    plain = _plain(heading)
    found = _MEANING.get(plain)
    if found is None and plain.endswith(" s"):  # Given name(s)
        found = _MEANING.get(plain[:-2])
    return found or Field.IGNORED


def meanings(headings: Sequence[str]) -> list[Field]:
    """What each column holds; of two columns for one field the first is taken.

    A column of full names is needed only where the parts are missing.
    """
    found = [meaning(heading) for heading in headings]
    parts = {Field.FIRST_NAME, Field.LAST_NAME} <= set(found)
    if Field.FIRST_NAME not in found and Field.LAST_NAME in found:  # “Name, Surname”
        found = [Field.FIRST_NAME if one is Field.FULL_NAME else one for one in found]
    taken: set[Field] = set()
    for place, field in enumerate(found):
        if field in taken or (field is Field.FULL_NAME and parts):
            found[place] = Field.IGNORED
        taken.add(field)
    return found


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows of a list holds the headings, from 0.

    That is the first one in which a number has a heading and something else too, or else the first
    one that has several cells.
    """
    first = 0
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        found = set(meanings(row)) - {Field.IGNORED}
        if Field.NUMBER in found and len(found) > 1:
            return place
        if not any(cell.strip() for cell in rows[first]) or _cells(rows[first]) < 2 <= _cells(row):
            first = place
    return first


def _cells(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)
