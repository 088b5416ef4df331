"""Notices of desks about their own copy, and headlines and sentences that look like them."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean.notices import find_end_notice, find_notice, split_notice


@pytest.mark.parametrize(
    ("title", "notice", "rest"),
    [
        ("UPDATE 2-Bank raises rates", "update", "Bank raises rates"),
        ("CORRECTED-Bank raises rates", "correction", "Bank raises rates"),
        ("CORRECTION: Bank raises rates", "correction", "Bank raises rates"),
        ("REFILE-UPDATE 1-Bank raises rates", "refile", "UPDATE 1-Bank raises rates"),
        ("KILL: Bank story", "kill", "Bank story"),
        ("BC-Bank", "", "BC-Bank"),
        ("1st Ld: Bank raises rates", "lead", "Bank raises rates"),
        ("1st LD-Writethru: Bank", "writethru", "Bank"),
        ("ADVISORY: Bank to meet", "advisory", "Bank to meet"),
        ("EMBARGOED: Bank to meet", "embargo", "Bank to meet"),
        ("KORREKTUR: Bank hebt Zinsen an", "correction", "Bank hebt Zinsen an"),
        ("Update on the bank's plans", "", "Update on the bank's plans"),
        ("Correction officers strike in four counties", "", "Correction officers strike in four counties"),
        ("CORRECTION officers strike in four counties", "", "CORRECTION officers strike in four counties"),
        ("Kill the lights: a town saves power", "", "Kill the lights: a town saves power"),
        ("EXCLUSIVE-UPDATE 3-Bank raises rates", "update", "Bank raises rates"),
    ],
)
def test_notice_in_title_is_split(title: str, notice: str, rest: str) -> None:
    assert split_notice(title) == (notice, rest)


HEADLINE = "Ferry fares rise in May"


@pytest.mark.parametrize(
    ("notice", "marks"),
    [
        ("kill", "KILL: |Kill: |Kill - |KILL - |KILL, |KILL KILL KILL: |KILL KILL KILL |Kill, kill: "),
        ("kill", "Mandatory kill: |MANDATORY KILL |Story withdrawn: |STORY WITHDRAWN "),
        ("kill", "Noticia anulada: |Meldung zurückgezogen: |Dépêche annulée : "),
        ("withhold", "WITHHOLD: |Withhold: |Withhold - |Mandatory Withhold: |MANDATORY WITHHOLD "),
        ("refile", "REFILE: |REFILE-|Refile: |Refiled: |(Refile) "),
        ("writethru", "1st Ld-Writethru: |1ST LD-WRITETHRU: |2nd Lead-Writethru: |10th Ld-Writethru - "),
        ("writethru", "Writethru: |WRITETHRU: |WRITETHRU "),
        ("lead", "1st Lead: |1ST LEAD: |1ST LEAD |1ST LD |2nd Ld: |Lead 2: |LEAD 2-|3RD NEW LEAD: "),
        ("advisory", "Advisory: |Attention editors: |ATTENTION EDITORS - |Redaktionshinweis: "),
        ("update", "Update: |Update 2: |Update 2-|Aktualisiert: |Mise à jour : |Actualización 2: "),
        ("embargo", "Embargoed: |Embargoed until 18:00 GMT: "),
        ("refile", "RPT-|URGENT-RPT-"),
    ],
)  # fmt: skip
def test_mark_is_recognized_in_capitals_and_title_case(notice: str, marks: str) -> None:
    for mark in marks.split("|"):
        assert split_notice(mark + HEADLINE) == (notice, HEADLINE), mark


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("BC-Ferry,1st Ld-Writethru", "writethru"),
        ("BC-Ferry, 2nd Ld", "lead"),
        ("BC-Ferry,3RD LD-WRITETHRU", "writethru"),
    ],
)
def test_mark_at_the_end_of_a_slug_is_split(title: str, notice: str) -> None:
    assert split_notice(title) == (notice, "BC-Ferry")


@pytest.mark.parametrize(
    "title",
    [
        "Kill Bill star returns",
        "KILL BILL STAR RETURNS",
        "KILL Bill star returns to the stage",
        "Kill Bill: star returns",
        "Kill: a word with a history",
        "Kill-joy mayor bans the fair",
        "KILL-JOY MAYOR BANS THE FAIR",
        "KILL, STEAL AND SELL: THE GANG'S RULES",
        "Kill, steal and sell: the gang's rules",
        "Mandatory kill switches come to trams",
        "MANDATORY KILL SWITCHES COME TO TRAMS",
        "Withhold the rent, tenants are told",
        "WITHHOLD THE RENT, TENANTS TOLD",
        "Correction in markets goes on",
        "1st Lead pipes are dug up in town",
        "1ST LEAD PIPES DUG UP",
        "LEAD-FREE PAINT BANNED",
        "Update-Pflicht für Router",
        "Embargo: Rat einigt sich",
        "RETIRADA DE TROPAS EN EL NORTE",
        "Writethrough caches explained",
    ],
)
def test_headline_that_begins_with_a_notice_word_has_no_notice(title: str) -> None:
    assert split_notice(title) == ("", title)


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("Attention editors: please kill the story on the ferry", "kill"),
        ("ATTENTION EDITORS: PLEASE WITHHOLD THE STORY ON THE FERRY", "withhold"),
    ],
)
def test_advisory_in_the_headline_gives_its_instruction(title: str, notice: str) -> None:
    assert split_notice(title)[0] == notice


@pytest.mark.parametrize(
    ("paragraph", "notice"),
    [
        ("(Adds governor's comments and background)", "update"),
        ("(Corrects spelling of the governor's name in paragraph 3)", "correction"),
        ("Editors: please kill the story headlined “Bridge sold”.", "kill"),
        ("ATTENTION EDITORS: the picture desk is closed.", "advisory"),
        ("Embargoed until 10:00 GMT on Friday", "embargo"),
        ("Eds: updates with quotes.", "update"),
        ("Attention editors: please kill the story headlined “Bridge sold”.", "kill"),
        ("ATTENTION EDITORS - PLEASE KILL THE STORY on the bridge.", "kill"),
        ("Note to clients: kill the item on the bridge, sent at noon.", "kill"),
        ("Kill this story, no copy follows.", "kill"),
        ("KILL KILL KILL The story on the bridge is wrong.", "kill"),
        ("MANDATORY KILL: the story on the bridge.", "kill"),
        ("Attention editors: please withhold the story headlined “Bridge sold”.", "withhold"),
        ("Editors: do not publish the story on the bridge.", "withhold"),
        ("EFE anula la noticia “Puente vendido”, de las 12.00.", "kill"),
        ("La agencia EFE retira la información sobre el puente.", "kill"),
        ("ТАСС аннулирует сообщение «Мост продан».", "kill"),
        ("Просьба аннулировать сообщение о мосте.", "kill"),
        ("L'AFP annule sa dépêche sur le pont.", "kill"),
        ("L'ANSA annulla la notizia sul ponte.", "kill"),
        ("A Lusa anula a notícia sobre a ponte.", "kill"),
        ("Achtung Redaktionen: Bitte die Meldung über die Brücke nicht mehr verwenden.", "kill"),
        ("Kill the lights and the stars come out, says the keeper of the bridge.", ""),
        ("“Kill the story,” he said, and nobody did.", ""),
        ("Editors kill the story when nobody looks.", ""),
        ("Mandatory kill switches are coming to the trams of the town.", ""),
        ("Withhold the rent, the tenants of the quay were told.", ""),
        ("El juez anula la noticia de la venta.", ""),
        ("The town will kill its tram line in May.", ""),
        ("An update of the plan is due on Friday.", ""),
    ],
)
def test_notice_in_text_is_found(paragraph: str, notice: str) -> None:
    assert find_notice(paragraph) == notice


@pytest.mark.parametrize(
    ("title", "notice", "left"),
    [
        ("(Corrected) Harbour opens on Monday", "correction", "Harbour opens on Monday"),
        ("CORRECTION Harbour opens on Monday", "correction", "Harbour opens on Monday"),
        ("CORREZIONE / Il porto riapre", "correction", "Il porto riapre"),
        ("Corrección: El puerto abre el lunes", "correction", "El puerto abre el lunes"),
        ("訂正：港が開く", "correction", "港が開く"),
        ("EMBARGOED until 1800 GMT: Harbour opens", "embargo", "Harbour opens"),
        ("Sperrfrist 18.11. 20 Uhr: Hafen öffnet", "embargo", "Hafen öffnet"),
        ("BC-Harbour, 1st Ld-Writethru", "writethru", "BC-Harbour"),
        ("Correction officers strike at the harbour", "", "Correction officers strike at the harbour"),
        ("CORRECTION OFFICERS STRIKE", "", "CORRECTION OFFICERS STRIKE"),
    ],
)
def test_notice_in_headline_in_other_spellings(title: str, notice: str, left: str) -> None:
    assert split_notice(title) == (notice, left)


@pytest.mark.parametrize(
    ("line", "notice"),
    [
        ("ATTENTION EDITORS - PLEASE WITHDRAW the story on the harbour, sent at noon.", "kill"),
        ("(RECTIFICATIF)", "correction"),
        ("(UPDATE)", "update"),
    ],
)
def test_notice_above_text_in_other_spellings(line: str, notice: str) -> None:
    assert find_notice(line) == notice


@pytest.mark.parametrize(
    ("line", "notice"),
    [
        ("This story has been corrected to show that the pier is 120 metres long.", "correction"),
        ("Nov. 18, 2026: This story has been corrected to show that the pier is 120 metres long.", "correction"),
        ("This story was first published on Nov. 17. It was updated on Nov. 18 to correct the length.", "correction"),
        ("This story has been told on the pier for a hundred years.", ""),
    ],
)
def test_notice_below_text(line: str, notice: str) -> None:
    assert find_end_notice(line) == notice
