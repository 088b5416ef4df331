"""Lines below a text: which are cut, for which reason, and which are news."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean import clean
from copydesk.pipeline.core.records import Extraction
from tests.article_builder import BODY, clean_with_lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Read more: Who pays for the light", "read_more"),
        ("Lesen Sie auch: Wer das Licht bezahlt", "read_more"),
        ("Lire aussi : Qui paie la lumière", "read_more"),
        ("Lea también: Quién paga la luz", "read_more"),
        ("Leia também: Quem paga a luz", "read_more"),
        ("Leggi anche: Chi paga la luce", "read_more"),
        ("Читайте также: Кто платит за свет", "read_more"),
        ("اقرأ أيضا: من يدفع ثمن الضوء", "read_more"),
        ("関連記事", "related"),
        ("Você também pode gostar...", "related"),
        ("Ti potrebbe interessare anche", "related"),
        ("Zobacz również:", "related"),
        ("Διαβάστε επίσης", "related"),
        ("متعلقہ خبریں", "related"),
        ("Baca juga", "related"),
        ("相關報導", "related"),
        ("추천 기사", "related"),
        ("Sign up for our newsletter and get it in your inbox every morning.", "newsletter"),
        ("Share on Facebook", "share"),
        ("Follow us on Instagram and X", "share"),
        ("Comments (14)", "comments"),
        ("CommentsNo comment", "comments"),
        ("3 min read", "reading_time"),
        ("Lesezeit: 4 Minuten", "reading_time"),
        ("© 2026 The Elstow Lamp. All rights reserved.", "copyright"),
        ("Alle Rechte vorbehalten.", "copyright"),
        ("Photo: A. Wick", "caption"),
        ("Advertisement", "advert"),
        ("Anzeige", "advert"),
        ("Disclaimer: This article does not constitute advice about lamps.", "disclaimer"),
        ("Last updated: 14 March 2026, 10:20", "timestamp"),
        ("MENAFN14032026000000000001ID1109998877", "trailer"),
        ("More lamps: https://lamps.example/all", "links"),
        ("Contact us | Lamps for hire | Privacy", "navigation"),
        ("We and the gas works use cookies to count our readers.", "consent"),
        ("Recevez la lampe chaque matin dans votre boîte. Inscrivez-vous.", "newsletter"),
        ("(elw)", "credit"),
    ],
)
def test_line_below_the_text_is_cut_with_its_reason(line: str, reason: str) -> None:
    paragraphs, dropped = clean_with_lines(line)
    assert paragraphs == BODY
    assert dropped == {line: reason}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("责任编辑：林河", "editor"), ("【编辑:林河】", "editor"), ("編集：山川", "editor"), ("편집: 강물", "editor"),
        ("Редактор: Н. Речная", "editor"), ("Edited by Nell Harrow", "editor"), ("Redaktion: Nell Harrow", "editor"),
        ("Editör: Nell Harrow", "editor"), ("المحرر: نهر", "editor"), ("٠ shares", "reading_time"),
        ("Editado por: Nell Harrow", "editor"),
        ("Fuente: Ayuntamiento de Elstow", "source"), ("Fonte: Comune di Elstow", "source"), ("来源：河报", "source"),
        ("Quelle: Stadt Elstow", "source"), ("Источник: мэрия Элстоу", "source"), ("출처: 강 신문", "source"),
        ("SOURCE Elstow Gas Works Inc.", "source"), ("SOURCE Elstow Gas Works", "source"), ("Kaynak: Elstow", "source"),
    ],
)  # fmt: skip
def test_desk_lines_at_the_end_are_cut_in_every_language(line: str, reason: str) -> None:
    paragraphs, dropped = clean_with_lines(line)
    assert paragraphs == BODY
    assert dropped[line] == reason


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("ENDS", "end_mark"), ("-30-", "end_mark"), ("###", "end_mark"), ("# # #", "end_mark"),
        ("- Ende -", "end_mark"),
        ("（完）", "end_mark"), ("(끝)", "end_mark"), ("(Fin)", "end_mark"),
        ("Pressekontakt:", "press_contact"), ("Pressestelle Stadt Elstow", "press_contact"),
        ("Media Contact:", "press_contact"), ("Contact presse :", "press_contact"), ("Ufficio stampa", "press_contact"),
        ("Contacto de prensa", "press_contact"), ("Assessoria de imprensa", "press_contact"),
        ("문의처: 강", "press_contact"),
        ("Контакты для СМИ:", "press_contact"), ("Basın iletişim", "press_contact"),
        ("媒体联系人：林河", "press_contact"),
        ("お問い合わせ先", "press_contact"), ("للتواصل الإعلامي", "press_contact"),
        ("Notes to editors:", "press_contact"),
    ],
)  # fmt: skip
def test_lines_below_the_end_of_a_release_are_cut(mark: str, reason: str) -> None:
    paragraphs, dropped = clean_with_lines(mark, "Nell Harrow", "+44 20 7946 0000, press@elstow.example")
    assert paragraphs == BODY
    assert dropped[mark] == reason
    assert dropped["Nell Harrow"] == reason


@pytest.mark.parametrize(
    "sentence",
    [
        "Source code of the lamp lighter's round has been published by the town.",
        "The press office of the town was closed.",
        "Ende gut, alles gut, sagt der Laternenanzünder.", "Editors of two papers walked the round with him.",
        "Quellen: davon gibt es in Elstow drei, und alle drei frieren im Winter zu.", "It all ends in 1968.",
    ],
)  # fmt: skip
def test_last_sentence_is_kept_whatever_it_begins_with(sentence: str) -> None:
    assert clean_with_lines(sentence)[0] == (*BODY, sentence)


@pytest.mark.parametrize(
    "credit",
    [
        "Associated Press writer N. N. in Wendle contributed.",
        "Finch reported from Burrow. AP writers Ada Reed in Orle, Tom Court in Hask and Ann Marsh in Pell contributed.",
    ],
)
def test_rule_above_a_credit_is_cut(credit: str) -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "___", credit)))
    assert (article.paragraphs, article.agency) == (BODY, "AP")


def test_agencies_in_brackets_name_no_agency() -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "(AGENCIES)")))
    assert (article.paragraphs, article.agency, article.credit) == (BODY, "", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "The railway is not liable for any losses of the fishmongers, a judge ruled.",
        "The council is not responsible for what happened at the weir, its clerk said.",
        "They do not accept any responsibility for the flood.",
        "The mill is not responsible for the accuracy of the scales.",
        "The museum accepts no liability for any loss of coats.",
        "The harbour is not responsible for the content of this article, its lawyer said.",
        "The town provides water as is normal in a summer of drought.",
        "The report contains material from three spy agencies.",
        "Die Stadt übernimmt keine Verantwortung für den Dammbruch, sagte die Bürgermeisterin.",
        "Der Wirt übernimmt keine Haftung für die Mäntel seiner Gäste.",
        "El ayuntamiento no se hace responsable de la información filtrada, dijo la portavoz.",
        "Le préfet n'est pas responsable du contenu de la lettre.",
        "Il sindaco non è responsabile del contenuto della lettera.",
        "O prefeito não se responsabiliza pelo conteúdo da carta.",
        "Edited by Nell Harrow and printed in Orle, the atlas weighs nine pounds.",
        "This story was first published in 1921 and has been filmed twice.",
        "First published in the Lamp, the novel has sold well ever since.",
        "Is there something you think we should know about the weir, the mayor asked.",
    ],
)
def test_denied_responsibility_of_others_is_kept(sentence: str) -> None:
    """A disclaimer is about the publisher's own content; a disclaimer of others is news."""
    assert clean_with_lines(sentence) == ((*BODY, sentence), {})
    article = clean(Extraction(title="T", paragraphs=(*BODY[:2], sentence, BODY[2])))
    assert article.paragraphs == (*BODY[:2], sentence, BODY[2])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("We do not accept any responsibility or liability for the accuracy or completeness of this information.",
         "disclaimer"),
        ("The Elstow Lamp is not responsible for the content of external sites.", "disclaimer"),
        ("The Elstow Lamp accepts no liability for errors or omissions in this article.", "disclaimer"),
        ("The publisher is not responsible for the opinions expressed by its columnists.", "disclaimer"),
        ("The Lamp provides this information “as is”, without warranty of any kind.", "disclaimer"),
        ("The views expressed in this article are the author's own.", "disclaimer"),
        ("This article may contain material from news agencies.", "disclaimer"),
        ("Die Redaktion übernimmt keine Haftung für die Inhalte externer Links.", "disclaimer"),
        ("Die Redaktion übernimmt keine Haftung.", "disclaimer"),
        ("Für die Richtigkeit der Angaben wird keine Gewähr übernommen.", "disclaimer"),
        ("Dieser Text wurde unter Verwendung von Agenturmaterial erstellt.", "disclaimer"),
        ("La rédaction n'est pas responsable du contenu des sites externes.", "disclaimer"),
        ("La Lampe décline toute responsabilité quant aux opinions exprimées.", "disclaimer"),
        ("La Lámpara no se hace responsable de las opiniones expresadas por sus columnistas.", "disclaimer"),
        ("A Lâmpada não se responsabiliza pelo conteúdo dos comentários.", "disclaimer"),
        ("La Lampada declina ogni responsabilità per i contenuti dei siti esterni.", "disclaimer"),
        ("Редакция не несёт ответственности за содержание рекламных материалов.", "disclaimer"),
        ("This article was originally published by the Lamp. Read the original article.", "desk_note"),
        ("This story was first published in 2019 by the Lamp.", "desk_note"),
        ("Got a tip about the lamps? Write to our reporters.", "author"),
        ("Send your news tips to the night desk.", "author"),
        ("Haben Sie einen Hinweis für unsere Redaktion?", "author"),
        ("Vous avez une info à nous transmettre ?", "author"),
    ],
)  # fmt: skip
def test_publisher_disclaimer_is_cut(line: str, reason: str) -> None:
    assert clean_with_lines(line) == (BODY, {line: reason})


def test_source_line_with_an_agency_is_a_credit() -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "Fuente: EFE")))
    assert (article.paragraphs, article.agency) == (BODY, "EFE")
