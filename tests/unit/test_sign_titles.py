"""Desk marks before a title, in the languages of the wires, and titles that only look marked."""

from __future__ import annotations

from itertools import product

import pytest

from copydesk.pipeline.core.records import Notice
from copydesk.pipeline.sign.title_prefixes import _load_rules, split_desk_marks

TITLE = "Ferry fares rise in May"

MARKS = {
    "kill": "KILL: |KILLED - |MANDATORY KILL: |ZURÜCKGEZOGEN: |STORNO: |ANNULÉ - |ANULADA: |ANNULLATA - |"
    "АННУЛИРОВАНО: |İPTAL: |Story withdrawn: |ADVISORY-WITHDRAWN: |Kill: |Kill - |KILL KILL KILL: |Mandatory Kill: ",
    "withhold": "WITHHOLD: |Withhold: |Mandatory Withhold - ",
    "advisory": "ADVISORY: |Attention editors: ",
    "correction": "CORRECTED - |(Corrected) |KORREKTUR: |Berichtigung: |RECTIFICATIF - |CORRIGÉ: |CORRECCIÓN: |"
    "Fe de erratas: |CORREÇÃO: |ERRATA - |RETTIFICA: |ИСПРАВЛЕНО: |Поправка: |DÜZELTME: |OFFICIAL CORRECTION-",
    "refile": "RPT-|REFILE - |WIEDERHOLUNG: |WDH/|Annule et remplace : |REPETICIÓN: |RIPETIZIONE - |ПОВТОР: ",
    "update": "UPDATE 2-|Update 2-|UPDATE: |AKTUALISIERUNG 1: |Aktualisiert: |ACTUALISATION - |MISE À JOUR : |"
    "ACTUALIZACIÓN 2: |2ACTUALIZA- |AMPLÍA: |ATUALIZAÇÃO: |AGGIORNAMENTO 3: |ОБНОВЛЕНО: |GÜNCELLEME 1: ",
    "lead": "2nd Lead: |1st Ld: |10TH NEW LEAD - |LEAD 1 - |2. LEAD: |3e lead - ",
    "writethru": "1st Ld-Writethru: |2nd Lead-Writethru - |2ND LD-WRITETHRU - |NEUFASSUNG: ",
    "embargo": "SPERRFRIST: |EMBARGO - |ЭМБАРГО: ",
    "": "EIL: |FLASH-|EILMELDUNG - |URGENTE: |URGENT - |FLASH - |Breaking: |BREAKING NEWS: |ÚLTIMA HORA - |ALERTE : |"
    "СРОЧНО: |SON DAKİKA: |Ultim'ora: |ULTIM'ORA - |WRAPUP 3-|ROUNDUP 2: ",
}


@pytest.mark.parametrize(
    ("notice", "mark"), [(notice, mark) for notice, row in MARKS.items() for mark in row.split("|")]
)
def test_mark_is_cut_and_gives_the_notice(notice: str, mark: str) -> None:
    assert split_desk_marks(mark + TITLE) == (notice, TITLE)


@pytest.mark.parametrize(
    ("urgent", "mark"), list(product(["EIL: ", "URGENTE - ", "FLASH: "], ["KORREKTUR: ", "CORRECCIÓN: "]))
)
def test_urgent_mark_does_not_hide_a_notice(urgent: str, mark: str) -> None:
    assert split_desk_marks(urgent + mark + TITLE) == split_desk_marks(mark + urgent + TITLE) == ("correction", TITLE)


@pytest.mark.parametrize(
    "title",
    [
        "Lead-free paint is banned",
        "LEAD-FREE PAINT BANNED",
        "Flash-flood kills five",
        "FLASH-FLOOD KILLS FIVE",
        "Flash Gordon returns",
        "Urgent-care clinics close",
        "Urgente necesidad de agua",
        "Update-Pflicht für Router",
        "Update on the dam",
        "Eil-Antrag gegen Fähre abgelehnt",
        "Eilverfahren: Fähre darf fahren",
        "Breaking-point reached, says clerk",
        "Correction officers strike",
        "Corrigé du bac: les sujets",
        "Killed: the men of the harbour",
        "Kills - a film",
        "Kill: a word with a history",
        "Kill Bill: star returns",
        "Kill-joy mayor bans the fair",
        "KILL-JOY MAYOR BANS THE FAIR",
        "Withhold: a word with a history",
        "Annulé: le concert de samedi",
        "Annullato: salta il concerto",
        "Anulada la subasta: nadie pujó",
        "Storno-Gebühren steigen",
        "Rückruf: Käse aus dem Handel",
        "RETIRADA: NADAL SE DESPIDE",
        "Zurückgezogen lebt der Wirt: ein Besuch",
        "Wiederholungstäter: Haft",
        "Alerta roja en la costa",
        "Avance de la temporada",
        "Actualiza el puerto su tarifa: suben los precios",
        "Поправка к закону: что изменится",
        "Срочное совещание: порт закрыт",
        "Roundup weed killer trial opens",
        "KORREKTUR:",
        "EIL: ",
        "Correction",
        "",
    ],
)
def test_title_that_looks_marked_is_kept(title: str) -> None:
    assert split_desk_marks(title) == ("", title)


def test_notices_of_the_rules_are_known() -> None:
    assert {rule.notice for rule in _load_rules()} - {""} <= {str(notice) for notice in Notice}
