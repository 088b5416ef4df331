"""Notices that pages and titles must recognize alike, and marks that are removed whole or not at all."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean.notices import split_notice
from copydesk.pipeline.sign.title_prefixes import split_desk_marks

TITLE = "Port Wenlock (Altmark) gets a Quay"

MARKS = {
    "kill": "ANNULÉE : |À ANNULER : |ANULAR: |SE ANULA - |ANULA-SE: |ANNULLATO: |SI ANNULLA: |АННУЛИРОВАТЬ: |"
    "ОТОЗВАНА: |STORNIERUNG: |Storniert: |ANNULLIERT - |GERİ ÇEKİLDİ: |HUỶ: |GEANNULEERD: |DICABUT: |BC-KILL-|"
    "ANULEAZĂ: ",
    "correction": "Korrigierte Fassung: |RICHTIGSTELLUNG - |Erratum : |(Corrigé) |Version corrigée : |Fe de erratas: |"
    "(Corregida) |Versión corregida: |RETIFICA - |Errata: |ERRATA CORRIGE - |Errata-corrige: |Уточнённая версия: |"
    "ИСПРАВЛЕНО-|DÜZELTİLMİŞ: |‹订正›|<更正>|<수정> |< Rättelse > ",
    "refile": "(Wdh) |RÉPÉTITION - |Repetición: |REPETE-|RIPETIZIONE: |Повторно: |TEKRAR: |RPT-|재전송: |"
    "Annule et remplace : ",
    "update": "ACTUALISÉE 2 : |MAJ 3-|ACTUALIZA 1-|ACTUALIZADA: |Atualizado: |ATUALIZA 3-|AGGIORNA 2-|Aggiornato: |"
    "ОБНОВЛЯЕТСЯ: |Обновление 2: |GÜNCELLENDİ: |2 ACTUALIZACIÓN-",
    "embargo": "(Sperrfrist) |Ambargo: ",
}  # fmt: skip
CASES = [(notice, mark) for notice, row in MARKS.items() for mark in row.split("|")]


@pytest.mark.parametrize(("notice", "mark"), CASES)
def test_mark_means_the_same_on_pages_and_in_titles(notice: str, mark: str) -> None:
    assert split_notice(mark + TITLE) == (notice, TITLE)
    assert split_desk_marks(mark + TITLE) == (notice, TITLE)


@pytest.mark.parametrize(
    ("mark", "notice"),
    [
        ("CORRECTED (FIGURES)-", "correction"),
        ("CORRECTED (OFFICIAL) - ", "correction"),
        ("(BERICHTIGUNG: ) ", "correction"),
        ("[CORRECTION -] ", "correction"),
        ("【訂正：】", "correction"),
        ("UPDATE 2 (adds quotes): ", "update"),
    ],
)
def test_brackets_of_a_mark_are_removed_with_it(mark: str, notice: str) -> None:
    assert split_notice(mark + TITLE) == (notice, TITLE)
    assert split_desk_marks(mark + TITLE) == (notice, TITLE)


@pytest.mark.parametrize(
    "title",
    ["(CORRECTION: A long headline of a story in brackets)", "[KORREKTUR: Der Hafen schließt seinen Kai am Abend"],
)  # fmt: skip
def test_mark_in_brackets_that_stay_open_is_not_removed(title: str) -> None:
    assert split_notice(title) == ("correction", title)


@pytest.mark.parametrize(
    ("title", "rest"),
    [
        ("CORRECTED-Quay closes (again)", "Quay closes (again)"),
        ("EILMELDUNG: „Nein“, sagt der Hafen", "„Nein“, sagt der Hafen"),
        ("EIL: (Altmark) Hafen zu", "(Altmark) Hafen zu"),
    ],
)
def test_brackets_and_quotation_marks_of_the_headline_stay(title: str, rest: str) -> None:
    assert split_notice(title)[1] == rest


@pytest.mark.parametrize(
    "title",
    [
        "Annulé : le marché de samedi", "Anulada la feria: no hay permiso", "Annullata la gara di domenica",
        "Hủy chuyến phà: khách chờ ở bến", "Повторная перепись: что известно", "Corrige tu postura en casa",
        "Wiederholungstat: Haft für Wirt", "Actualiza tu móvil antes de mayo", "Tekrarı yok: liman kapandı",
    ],
)  # fmt: skip
def test_headline_that_begins_with_such_a_word_is_kept(title: str) -> None:
    assert split_notice(title) == ("", title)
    assert split_desk_marks(title) == ("", title)


def test_company_in_angle_brackets_stays() -> None:
    assert split_desk_marks("<WENLOCK FERRIES> CUTS FARES") == ("", "<WENLOCK FERRIES> CUTS FARES")
    assert split_desk_marks("＜写真＞港の灯台") == ("", "港の灯台")
