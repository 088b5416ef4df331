"""Bylines, credit lines and marks at the end, and similar lines that belong to the text."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean.credit import parse_byline, parse_credit, parse_last_mark, split_authors, split_end_mark
from copydesk.pipeline.clean.dateline import split_dateline


@pytest.mark.parametrize(
    ("line", "names", "agencies"),
    [
        ("By LENA ORCHARD", "LENA ORCHARD", ()),
        ("By Jane Doe and John Smith, Associated Press", "Jane Doe and John Smith", ("AP",)),
        ("Von Felix Ufer und Jana Meier", "Felix Ufer und Jana Meier", ()),
        ("Associated Press", "", ("AP",)),
        ("By The Associated Press", "", ("AP",)),
    ],
)
def test_byline_is_parsed(line: str, names: str, agencies: tuple[str, ...]) -> None:
    found = parse_byline(line)
    assert found is not None
    assert (found.names, found.agencies) == (names, agencies)


@pytest.mark.parametrize(
    "line", ["By then the bridge was gone.", "By noon on Monday", "Von hier aus sieht man das Meer", ""]
)
def test_line_that_is_not_a_byline_is_kept(line: str) -> None:
    assert parse_byline(line) is None


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("Reporting by Jane Doe; Editing by John Smith", ()),
        ("(Reporting by Jane Doe in Paris)", ()),
        ("Associated Press writer Hal Finch in Burrow contributed to this report.", ("AP",)),
        ("Finch reported from Burrow.", ()),
        (
            "Finch reported from Burrow, Marl from Orle. Associated Press writers N. N. Hask and Ada Reed contributed.",
            ("AP",),
        ),
        ("Associated Press writer N. N. in Burrow contributed.", ("AP",)),
        ("El periodista de Associated Press Luis Vega en Orle contribuyó a este despacho.", ("AP",)),
        ("Ada Marl contributed reporting from Wendle.", ()),
        ("Staff and wire reports contributed to this report.", ()),
        ("Reporting by Ada Marl, lighthouse correspondent, in Wendle.", ()),
        ("Edited by Nell Harrow and Ada Marl for the Elstow desk.", ()),
        ("Reportage de Jeanne Duval à Orle, rédigé par Luc Marin", ()),
        ("Escrito por Ana Ríos, editado por Luis Vega en Orle", ()),
        ("Redigiert von Jana Meier", ()),
        ("(Inputs from agencies)", ()),
        ("(With inputs from PTI)", ("PTI",)),
        ("With reports from El Faro and La Ría", ()),
        ("Con información de EFE", ("EFE",)),
        ("This report by The Canadian Press was first published June 1, 2026.", ("Canadian Press",)),
        ("dpa-infocom GmbH", ("dpa",)),
        ("Copyright AFP - Tous droits de reproduction réservés", ("AFP",)),
        ("© 2026 AFP. Alle Rechte vorbehalten.", ("AFP",)),
        ("Материал подготовлен ТАСС", ("TASS",)),
        ("По материалам РИА Новости", ("RIA Novosti",)),
        ("Texto elaborado por EFE", ("EFE",)),
        ("© dpa-infocom, dpa:260113-930-518207/2", ("dpa",)),
        ("© 2026 AFP", ("AFP",)),
        ("(AP)", ("AP",)),
        ("dpa/AFP", ("dpa", "AFP")),
        ("mit dpa", ("dpa",)),
        ("Quelle: dpa", ("dpa",)),
        ("Source: AFP", ("AFP",)),
        ("With reporting by Reuters", ("Reuters",)),
    ],
)
def test_credit_line_is_parsed(line: str, agencies: tuple[str, ...]) -> None:
    found = parse_credit(line)
    assert found is not None
    assert found.agencies == agencies


@pytest.mark.parametrize(
    "line",
    [
        "He paid with cash.",
        "With snow on the way, schools closed early.",
        "Mit dem Nebel kam die Stille.",
        "AP said it would appeal the ruling.",
        "No leaks were reported from the dam at Wendle.",
        "Fog has been reported from three harbours.",
        "Snow was reported from Orle.",
        "The town crier reported from the bridge.",
        "Written by Hal Finch in 1921, the opera is sung again.",
        "Written by Hal Finch, the opera is sung again.",
        "Edited by Nell Harrow and printed in Orle, the atlas weighs nine pounds.",
        "Escrito por Ana Ríos en 1921, el drama vuelve a la escena.",
        "Escrito por Ana Ríos, el drama vuelve a la escena.",
        "Écrit par Luc Marin, le roman a séduit la critique.",
        "Verfasst von Jana Meier, erscheint das Buch nun neu.",
        "Edição de sábado chega às bancas mais cedo.",
        "Nine towns contributed to this report, the council said.",
        "Volunteers contributed.",
        "With information from the harbour, the court closed the case.",
        "Con información de la aduana, el juez cerró el caso.",
        "Материал подготовлен учёными и опубликован в журнале.",
    ],
)
def test_line_that_is_not_a_credit_is_kept(line: str) -> None:
    """A credit consists of people, places and agencies; it has no verb of an event."""
    assert parse_credit(line) is None
    assert parse_byline(line) is None


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("IANS ab/cd", ("IANS",)), ("--IANS ab/cd", ("IANS",)), ("EFE ab/cd", ("EFE",)), ("(WAM) ab/cd", ("WAM",)),
        ("(KUNA) ab", ("KUNA",)), ("(PTI) ABC XYZ", ("PTI",)), ("PTI ABC XYZ", ("PTI",)), ("ab/cd", ()),
        ("(elw)", ("elw",)), ("(AGENCIES)", ()), ("(Agenturen)", ()), ("(agencias)", ()),
    ],
)  # fmt: skip
def test_last_line_with_agency_mark_is_a_credit(line: str, agencies: tuple[str, ...]) -> None:
    found = parse_last_mark(line)
    assert found is not None
    assert (found.kind, found.agencies) == ("credit", agencies)


@pytest.mark.parametrize("line", ["It is so", "AP TO SUE", "(a small town by the sea)", "Orle ab/cd"])
def test_short_last_line_that_is_not_a_mark_is_kept(line: str) -> None:
    assert parse_last_mark(line) is None


@pytest.mark.parametrize(
    ("printed", "place"),
    [("ORLE (AGENCIES) — The weir holds.", "ORLE"), ("(Agencies) The weir holds.", ""),
     ("ORLE, May 3 (Agencies): The weir holds.", "ORLE, May 3")],
)  # fmt: skip
def test_generic_mark_in_dateline_names_no_agency(printed: str, place: str) -> None:
    found = split_dateline(printed)
    assert found is not None
    assert (found.text, found.agency, found.rest) == (place, "", "The weir holds.")


def test_mark_at_the_end_is_a_credit() -> None:
    assert split_end_mark("The ferry sails on Friday. (PTI) ABC XYZ") == ("The ferry sails on Friday.", ("PTI",))
    assert split_end_mark("The ferry sails on Friday. (Agencies)") == ("The ferry sails on Friday.", ())
    assert split_end_mark("He asked two firms (agencies)") == ("He asked two firms (agencies)", ())
    assert split_end_mark("The ferry sails again on Friday. (PTI)") == ("The ferry sails again on Friday.", ("PTI",))
    assert split_end_mark("The ferry sails again (perhaps)") == ("The ferry sails again (perhaps)", ())


def test_author_line_is_split_into_names_and_agencies() -> None:
    assert split_authors("Lena Orchard, dpa") == ("Lena Orchard", ["dpa"])
    assert split_authors("ROB BURN, AP National Security Writer") == ("ROB BURN", ["AP"])
    assert split_authors("Agence France-Presse") == ("", ["AFP"])
