"""Cleaning as a whole: what is cut and what must stay."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import clean
from pipeline.clean.rules import load_rules
from pipeline.records import ArticleKind, Extraction
from pipeline.source import Discovery, Source
from pipeline.text import mend

BODY = (
    "The town of Elstow still pays a lamp lighter, though its last gas lamp was sold to a museum in 1968.",
    "He walks the old round at dusk with a pole on his shoulder and is greeted by everybody who owes him a favour.",
    "The council has tried four times to strike the post, and four times the vote was lost by the lamp lighter's own.",
)


def cut_from(*lines: str, above: tuple[str, ...] = ()) -> tuple[tuple[str, ...], dict[str, str]]:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*above, *BODY, *lines)))
    return article.paragraphs, {piece.text: piece.reason for piece in article.dropped}


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
def test_what_stands_below_the_text_is_cut_with_its_reason(line: str, reason: str) -> None:
    paragraphs, dropped = cut_from(line)
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
def test_the_desks_last_lines_are_cut_in_every_language(line: str, reason: str) -> None:
    paragraphs, dropped = cut_from(line)
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
def test_what_a_release_says_below_its_end_goes_with_it(mark: str, reason: str) -> None:
    paragraphs, dropped = cut_from(mark, "Nell Harrow", "+44 20 7946 0000, press@elstow.example")
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
def test_the_last_sentence_stays_whatever_it_begins_with(sentence: str) -> None:
    assert cut_from(sentence)[0] == (*BODY, sentence)


@pytest.mark.parametrize(
    "credit",
    [
        "Associated Press writer N. N. in Wendle contributed.",
        "Finch reported from Burrow. AP writers Ada Reed in Orle, Tom Court in Hask and Ann Marsh in Pell contributed.",
    ],
)
def test_the_rule_above_a_credit_goes_with_it(credit: str) -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "___", credit)))
    assert (article.paragraphs, article.agency) == (BODY, "AP")


def test_agencies_in_brackets_are_no_agency() -> None:
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
def test_what_somebody_answers_for_is_news(sentence: str) -> None:
    """A disclaimer is about the house's own content; who declines to answer for anything else is in the news."""
    assert cut_from(sentence) == ((*BODY, sentence), {})
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
def test_what_a_house_says_of_its_own_content_is_cut(line: str, reason: str) -> None:
    assert cut_from(line) == (BODY, {line: reason})


def test_the_source_of_a_copy_is_its_credit_where_it_is_an_agency() -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "Fuente: EFE")))
    assert (article.paragraphs, article.agency) == (BODY, "EFE")


@pytest.mark.parametrize("lines", [("Nell Harrow", *BODY), (*BODY, "Nell Harrow"), ("von Nell Harrow, Bote", *BODY)])
def test_the_authors_name_alone_is_no_text(lines: tuple[str, ...]) -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=lines, author="Nell Harrow"))
    assert (article.paragraphs, article.byline) == (BODY, "Nell Harrow")
    other = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "Nell Harrow"), author="Ada Marl"))
    assert other.paragraphs == (*BODY, "Nell Harrow")


FIGURES = (
    "Nikkei 38,120 +1.2%",
    "Hang Seng 19,300 -0.4%",
    "Kospi 2,710 +0.3%",
    "ASX 200 7,800 +0.1%",
    "Sensex 73,900 -0.6%",
)
DATES = (
    "Saturday, May 2", "Orle v Harrow (1500)", "Wendle v Elstow (1500)",
    "Sunday, May 3", "Pell v Quay City (1400)", "Hask v Dunmore (1630)",
)  # fmt: skip


@pytest.mark.parametrize("lines", [FIGURES, DATES])
def test_an_item_of_figures_keeps_every_line(lines: tuple[str, ...]) -> None:
    printed = ("The figures at the close, as the exchange and the league gave them out on Friday evening:", *lines)
    assert clean(Extraction(title="Figures", paragraphs=printed)).paragraphs == printed


def test_figures_below_an_article_are_a_widgets() -> None:
    assert cut_from(*FIGURES)[0] == BODY


def test_from_most_popular_on_all_is_cut() -> None:
    paragraphs, dropped = cut_from(
        "Most popular stories", "Market Research", "-", "Acme Ledger wins a licence for its new exchange"
    )
    assert paragraphs == BODY
    assert set(dropped.values()) == {"most_popular", "related"}


def test_a_heading_in_the_middle_does_not_take_the_text_with_it() -> None:
    article = clean(Extraction(title="T", paragraphs=(BODY[0], "Related stories", *BODY[1:])))
    assert article.paragraphs == BODY


def test_a_banner_above_the_text_is_cut() -> None:
    paragraphs, dropped = cut_from(above=("404", "Sorry!!", "Error! We are sorry, this page has sailed without you."))
    assert paragraphs == BODY
    assert set(dropped.values()) == {"banner"}


@pytest.mark.parametrize(
    "banner", ["Fehler! Die gesuchte Seite ist erloschen.", "¡Lo sentimos!", "404 Erreur ! La page est éteinte."]
)
def test_a_banner_is_known_in_other_languages(banner: str) -> None:
    paragraphs, dropped = cut_from(above=(banner,))
    assert (paragraphs, dropped) == (BODY, {banner: "banner"})


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("ELSTOW, Mar. 2, 2026 /LAMPWIRE/ -- Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
        ("Elstow (elw) - Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
        ("Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
    ],
)
def test_a_flash_that_says_its_headline_again_is_its_text(printed: str, text: str) -> None:
    around = ("Home | World | Sport | Lamps", "Town | Mar 02, 2026, 10:15 ET Lamp lighter keeps his post", printed)
    article = clean(Extraction(title="Lamp lighter keeps his post", paragraphs=(*around, "About us | Terms | Privacy")))
    assert article.paragraphs == (text,)


def test_an_item_of_a_roundup_keeps_its_label() -> None:
    items = tuple(f"{place}: {BODY[at]}" for at, place in enumerate(("ELSTOW", "BEDFORD", "KEMPSTON")))
    assert clean(Extraction(title="Lamps today", paragraphs=items)).paragraphs == items
    capitals = "ELSTOW: LAMP LIGHTER KEEPS HIS POST - " + BODY[0]
    assert clean(Extraction(title="Lamps today", paragraphs=(capitals, *BODY[1:]))).paragraphs[0] == capitals


@pytest.mark.parametrize(
    "paragraph",
    [
        "Comments by the mayor were met with laughter.",
        "Read my lips, the lamp lighter said.",
        "Share prices of the gas works fell by a third on the day that the lamps went out for good.",
        "Photographs of the round hang in the town hall, beside those of the mayors.",
        "Copyright law was of no help to the painter of the lamps, the judge said on Monday.",
        "„Ich zünde nur an“, sagte er.",
        "他说，灯还要点下去。",
        "Advertisement revenue fell at the town's paper.",
        "404 people came to the lamp lighter's birthday.",
        "Follow the river and you will come to his house.",
    ],
)
def test_running_text_stays(paragraph: str) -> None:
    assert (
        clean(Extraction(title="T", paragraphs=(*BODY, paragraph, BODY[0] + " So it goes."))).paragraphs[3] == paragraph
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Posted on Nov. 3, the notice named two new lamps.",
        "Read more slowly, the judge told the clerk, and the hall laughed.",
        "Register today or lose your lamp, the council told the owners of the old houses.",
        "À lire les conclusions du rapport, la lampe aurait pu tomber dès l'été.",
        "للمزيد من الضوء اجتمع العمال في الساحة يوم الأربعاء.",
    ],
)
def test_amid_the_text_a_whole_sentence_stays(sentence: str) -> None:
    """A teaser's opening does not make a teaser of a sentence with text on both sides."""
    article = clean(Extraction(title="T", paragraphs=(*BODY, sentence, BODY[0] + " So it goes.")))
    assert article.paragraphs[3] == sentence


def test_amid_the_text_what_a_rule_is_sure_of_is_cut() -> None:
    lines = (
        "Sign up for our newsletter and get it in your inbox every morning.",
        "This article is for information purposes only and does not constitute legal advice about lamps.",
        "Published on Nov. 3, 2026 at 10 a.m.",
    )
    article = clean(Extraction(title="T", paragraphs=(BODY[0], *lines, *BODY[1:])))
    assert article.paragraphs == BODY


def test_a_sources_boilerplate_is_its_own() -> None:
    source = Source(
        name="lamp", title="Lamp", home="https://lamp.example", agency="LAMP", boilerplate=("The Lamp shines for ",),
        discovery=Discovery(feeds=("https://lamp.example/rss",)),
    )  # fmt: skip
    extraction = Extraction(
        title="T", paragraphs=("(LAMP - Wick) " + BODY[0], *BODY[1:], "The Lamp shines for all of Elstow.")
    )
    article = clean(extraction, source=source)
    assert (article.paragraphs, article.agency, article.credit) == (BODY, "LAMP", "Wick")
    assert clean(extraction).paragraphs[-1] == "The Lamp shines for all of Elstow."


@pytest.mark.parametrize(
    ("lines", "dateline", "credit"),
    [
        (("(MENAFN - GlobeNewsWire - Nasdaq) ELSTOW, England, Nov. 18, 2026 (GLOBE NEWSWIRE) -- ",),
         "ELSTOW, England, Nov. 18, 2026", "GlobeNewswire"),
        (("(MENAFN- IANS) New Delhi, Nov 18 (IANS) ",), "New Delhi, Nov 18", "IANS"),
        (("(MENAFN- PR Newswire)", "ELSTOW, England, Nov. 18, 2026 /PRNewswire/ -- "),
         "ELSTOW, England, Nov. 18, 2026", "PR Newswire"),
        (("(MENAFN- Trend) BAKU, Azerbaijan, November 18. ",), "BAKU, Azerbaijan, November 18", "Trend"),
        (("(MENAFN) DUBAI, Nov 18 (WAM) -- ",), "DUBAI, Nov 18", "WAM"),
    ],
)  # fmt: skip
def test_behind_a_syndicators_mark_the_providers_dateline_is_split_too(
    lines: tuple[str, ...], dateline: str, credit: str
) -> None:
    article = clean(Extraction(title="T", paragraphs=(*lines[:-1], lines[-1] + BODY[0], *BODY[1:])))
    assert article.paragraphs == BODY
    assert (article.agency, article.dateline, article.credit) == ("MENAFN", dateline, credit)


@pytest.mark.parametrize("printed", [(BODY[0], "ELSTOW (AP) — " + BODY[0]), ("ELSTOW (AP) — " + BODY[0], BODY[0])])
def test_a_lead_printed_with_its_dateline_and_without_is_kept_once(printed: tuple[str, ...]) -> None:
    article = clean(Extraction(title="T", paragraphs=(*printed, *BODY[1:])))
    assert (article.paragraphs, article.agency, article.dateline) == (BODY, "AP", "ELSTOW")


def test_a_desks_mark_on_a_line_of_its_own_is_no_agency() -> None:
    article = clean(Extraction(title="T", paragraphs=("(ROUNDUP)", *BODY)))
    assert (article.paragraphs, article.agency) == (BODY, "")


def test_a_refused_page_gives_a_refused_article() -> None:
    article = clean(Extraction(refused="login_wall", paragraphs=BODY))
    assert (article.kind, article.reason, article.paragraphs) == (ArticleKind.REFUSED, "login_wall", ())


def test_the_version_of_the_rules_is_kept() -> None:
    assert clean(Extraction(paragraphs=BODY)).cleaner == f"rules-{load_rules().version}"


@given(st.lists(st.text(max_size=80), max_size=8), st.text(max_size=40))
def test_nothing_is_lost(paragraphs: list[str], title: str) -> None:
    """Every letter of the extraction is in the text or in what was dropped, as often as it was."""
    article = clean(Extraction(title=title, paragraphs=tuple(paragraphs)))
    kept = Counter("".join((*article.paragraphs, *(piece.text for piece in article.dropped))))
    given_letters = Counter("".join(mend(paragraph) for paragraph in paragraphs))
    assert all(kept[char] >= count for char, count in given_letters.items() if not char.isspace())


@given(st.text(max_size=300))
def test_mending_is_final(text: str) -> None:
    once = mend(text)
    assert mend(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert "\x00" not in once


def test_mending() -> None:
    assert mend("soft\u00adware is\u200b  mended\u202e \r\n\r\n here\x00\ud800") == "software is mended\nhere"
    assert (
        mend("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )
    assert mend("e\u0301") == "\u00e9"
