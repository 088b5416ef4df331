"""Letters that desks without them write as two: one spelling in German, Danish and Norwegian, in no other language."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.sign.digraphs import unify_digraphs
from copydesk.pipeline.sign.words import hash_words
from tests.story_builder import NOON

GERMAN = (
    "Die Müllabfuhr in Köln-Nippes fällt nach Angaben der Stadtwerke am Donnerstag aus. Für die Bürger heißt das, dass "
    "die Tonnen erst am Montag geleert werden. Fünf Fahrer hatten sich krank gemeldet, zwölf weitere wären nötig "
    "gewesen. Überstunden lehnt der Betriebsrat wegen der Hitze ab, höhere Löhne fordert er auch."
)
NORWEGIAN = (
    "Fergen mellom Bodø og Værøy står etter et grunnstøt ved kaia. Rederiet sier at skroget er skadet, og at båten "
    "skal til verksted på Ørnes. Kommunen må sørge for at eldre kan nå legen, og det er ikke avklart hvor lenge det "
    "varer."
)
DANISH = (
    "Færgen mellem Rødby og Gedser ligger stille, siger rederiet, der har fået skade på skroget. Båden skal til "
    "værftet i Nakskov, og der er ikke plads til flere biler på den gamle færge. Borgmesteren håber på en løsning "
    "før påske."
)
SPARSE_GERMAN = (
    "Die Müllöfen Düren, Köln, Höxter: 17 Störfälle, 9 Ausfälle, 4 Brände. Für Köln galt höchste Alarmstufe, Nachbarn "
    "schlossen Fenster, Türen. Behörden prüfen Ursachen und Kosten, Gutachter folgen am Montag nach Düren."
)
"""Two of 28 words are listed."""
SWEDISH = (
    "Färjan mellan Öregrund och Gräsö står stilla sedan i går. Rederiet säger att skrovet är skadat och att båten "
    "måste till varvet i Gävle. Kommunen ska ordna så att äldre når läkaren, men hur länge det dröjer är inte klart."
)
IN_ASCII = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss",
    "ø": "oe", "å": "aa", "æ": "ae", "Ø": "Oe",
})  # fmt: skip
WITHOUT_MARKS = str.maketrans("äöüåøÄÖÜØ", "aouaoAOUO")


def hash_text(text: str) -> list[int]:
    return [int(word) for word in hash_words([text]).hashes]


@pytest.mark.parametrize("text", [GERMAN, NORWEGIAN, DANISH, SPARSE_GERMAN, GERMAN.upper()])
@pytest.mark.parametrize("table", [IN_ASCII, WITHOUT_MARKS])
def test_all_spellings_are_the_same(text: str, table: dict[int, str]) -> None:
    assert hash_text(text) == hash_text(text.translate(table))


def test_letters_of_other_languages_are_as_without_marks() -> None:
    assert hash_text(SWEDISH) == hash_text(SWEDISH.translate(WITHOUT_MARKS))
    assert hash_text("Müller moved to Malmö and sold the firm") == hash_text("Muller moved to Malmo and sold the firm")
    for text in (SWEDISH, "The value of the Boer farm does not go up, the man said in Das Kapital of Baerum."):
        assert unify_digraphs(text) == text


def test_headline_has_the_language_of_its_text() -> None:
    assert unify_digraphs("Muell bleibt laenger stehen") == "Muell bleibt laenger stehen"
    assert unify_digraphs("Muell bleibt laenger stehen", GERMAN) == "Mull bleibt langer stehen"


def test_copies_in_both_spellings_are_one_story() -> None:
    one = Document("one", "Müll bleibt länger stehen", GERMAN, NOON)
    other = Document("other", one.title.translate(IN_ASCII), GERMAN.translate(IN_ASCII), NOON)
    stories = deduplicate([one, other]).assignments
    assert stories["one"] == stories["other"]
