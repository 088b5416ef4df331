"""Datelines, credits, bylines and notices: what a desk prints around its words, told apart from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.agencies import find_agencies, find_agency
from pipeline.clean.credit import read_byline, read_credit, read_last_mark, split_end_mark, split_names
from pipeline.clean.dateline import split_dateline
from pipeline.clean.notices import find_end_notice, find_notice, split_title
from pipeline.clean.repeats import find_repeats


@pytest.mark.parametrize(
    ("printed", "place", "agency", "credit"),
    [
        ("LONDON (AP) — ", "LONDON", "AP", ""),
        ("LA CROSSE, Wis. (AP) — ", "LA CROSSE, Wis.", "AP", ""),
        ("KYIV, Dec 24 (Reuters) - ", "KYIV, Dec 24", "Reuters", ""),
        ("BEIRUT/THE HAGUE, March 7 (Reuters) - ", "BEIRUT/THE HAGUE, March 7", "Reuters", ""),
        ("PRAGUE (Reuters) - ", "PRAGUE", "Reuters", ""),
        ("Berlin (dpa) - ", "Berlin", "dpa", ""),
        ("Frankfurt/Main (dpa-AFX) - ", "Frankfurt/Main", "dpa", ""),
        ("Wien/Graz (APA) - ", "Wien/Graz", "APA", ""),
        ("Hamburg (ots) - ", "Hamburg", "ots", ""),
        ("Bonn (KNA) ", "Bonn", "KNA", ""),
        ("Frankfurt a.M. (epd). ", "Frankfurt a.M.", "epd", ""),
        ("KØBENHAVN /ritzau/ ", "KØBENHAVN", "Ritzau", ""),
        ("Oslo (NTB): ", "Oslo", "NTB", ""),
        ("Stockholm (TT) – ", "Stockholm", "TT", ""),
        ("OTTAWA (CP) — ", "OTTAWA", "Canadian Press", ""),
        ("WASHINGTON, May 3 (UPI) -- ", "WASHINGTON, May 3", "UPI", ""),
        ("Dhaka, May 3 (UNB) - ", "Dhaka, May 3", "UNB", ""),
        ("New Delhi, May 3 (IANS) ", "New Delhi, May 3", "IANS", ""),
        ("Mumbai, May 3 (PTI) ", "Mumbai, May 3", "PTI", ""),
        ("Lagos, May 3, 2026 (NAN) ", "Lagos, May 3, 2026", "NAN", ""),
        ("New Delhi [India], May 3 (ANI): ", "New Delhi [India], May 3", "ANI", ""),
        ("ABU DHABI, 3rd May, 2026 (WAM) -- ", "ABU DHABI, 3rd May, 2026", "WAM", ""),
        ("أبوظبي في 3 مايو / وام / ", "أبوظبي في 3 مايو", "WAM", ""),
        ("الكويت - 3 - 5 (كونا) -- ", "الكويت - 3 - 5", "KUNA", ""),
        ("Riyadh, May 3, 2026, SPA -- ", "Riyadh, May 3, 2026", "SPA", ""),
        ("Doha, May 03 (QNA) - ", "Doha, May 03", "QNA", ""),
        ("Amman, May 3 (Petra) -- ", "Amman, May 3", "PETRA", ""),
        ("Rabat, 03/05/2026 (MAP) - ", "Rabat, 03/05/2026", "MAP", ""),
        ("MOSCOW. May 3 (Interfax) - ", "MOSCOW. May 3", "Interfax", ""),
        ("TOKYO, May 3 (Kyodo) - ", "TOKYO, May 3", "Kyodo", ""),
        ("【ニューヨーク共同】", "ニューヨーク", "Kyodo", ""),
        ("［ロンドン 3日 ロイター］ - ", "ロンドン 3日", "Reuters", ""),
        ("【서울=뉴시스】홍길동 기자 = ", "서울", "Newsis", ""),
        ("(서울=뉴스1) 홍길동 기자 = ", "서울", "News1", ""),
        ("Madrid, 3 may (EFECOM).- ", "Madrid, 3 may", "EFE", ""),
        ("Washington (dpa/AFP) - ", "Washington", "dpa", "dpa/AFP"),
        ("Paris (AFP) – ", "Paris", "AFP", ""),
        ("Madrid, 3 may (EFE).- ", "Madrid, 3 may", "EFE", ""),
        ("(ANSA) - ROMA, 28 LUG - ", "ROMA, 28 LUG", "ANSA", ""),
        ("Roma, 28 lug. (Adnkronos) - ", "Roma, 28 lug.", "Adnkronos", ""),
        ("Lisboa, 05 fev 2026 (Lusa) – ", "Lisboa, 05 fev 2026", "Lusa", ""),
        ("МОСКВА, 28 июня. /ТАСС/. ", "МОСКВА, 28 июня", "TASS", ""),
        ("МОСКВА, 28 июн - РИА Новости. ", "МОСКВА, 28 июн", "RIA Novosti", ""),
        ("ANKARA (AA) - ", "ANKARA", "Anadolu", ""),
        ("دبي (رويترز) - ", "دبي", "Reuters", ""),
        ("BEIJING, Feb. 19 (Xinhua) -- ", "BEIJING, Feb. 19", "Xinhua", ""),
        ("SEOUL, Aug. 20 (Yonhap) -- ", "SEOUL, Aug. 20", "Yonhap", ""),
        ("新华社北京2月19日电（记者 王一）", "北京2月19日", "Xinhua", ""),
        ("【ワシントン=時事】", "ワシントン", "Jiji", ""),
        ("(서울=연합뉴스) 홍길동 기자 = ", "서울", "Yonhap", ""),
        ("(MENAFN) ", "", "MENAFN", ""),
        ("(MENAFN- IANS)", "", "MENAFN", "IANS"),
        ("(MENAFN - GlobeNewsWire - Nasdaq) ", "", "MENAFN", "GlobeNewswire"),
        ("(MENAFN- Some New Provider) ", "", "MENAFN", "Some New Provider"),
        ("DENVER, May 3, 2026 /PRNewswire/ -- ", "DENVER, May 3, 2026", "PR Newswire", ""),
        ("AUSTIN, Texas--(BUSINESS WIRE)--", "AUSTIN, Texas", "Business Wire", ""),
        ("DUBAI, United Arab Emirates — ", "DUBAI, United Arab Emirates", "", ""),
        ("BHOPAL: ", "BHOPAL", "", ""),
        ("PUTRAJAYA, Nov 22 — ", "PUTRAJAYA, Nov 22", "", ""),
        ("ESSEN. ", "ESSEN", "", ""),
        ("Kiel (hfd) - ", "Kiel", "hfd", ""),
        ("(LEAD) SEOUL, Nov. 18 (Yonhap) -- ", "SEOUL, Nov. 18", "Yonhap", ""),
        ("Stockholm (TT) ", "Stockholm", "TT", ""),
        ("أنقرة / الأناضول / ", "أنقرة", "Anadolu", ""),
        ("【法新社巴黎18日电】", "巴黎18日", "AFP", ""),
        ("（新华社北京2月19日电）", "北京2月19日", "Xinhua", ""),
        ("[워싱턴=AP/뉴시스] ", "워싱턴", "Newsis", ""),
        ("［東京　１８日　ロイター］ － ", "東京　１８日", "Reuters", ""),
        ("Калуга. 18 ноября. ИНТЕРФАКС - ", "Калуга. 18 ноября", "Interfax", ""),
        ("الدوحة في 18 نوفمبر /قنا/ ", "الدوحة في 18 نوفمبر", "QNA", ""),
        ("الدوحة في 18 نوفمبر /قنا/ -- ", "الدوحة في 18 نوفمبر", "QNA", ""),
        ("المنامة في 18 نوفمبر / بنا / ", "المنامة في 18 نوفمبر", "BNA", ""),
        ("مسقط في 18 نوفمبر /العُمانية/ ", "مسقط في 18 نوفمبر", "ONA", ""),
        ("أنقرة / الأناضول ", "أنقرة", "Anadolu", ""),
        ("الرياض 18 نوفمبر 2026 م واس ", "الرياض 18 نوفمبر 2026 م", "SPA", ""),
        (
            "المدينة المنورة 09 جمادى الآخرة 1448 هـ الموافق 18 نوفمبر 2026 م واس ",
            "المدينة المنورة 09 جمادى الآخرة 1448 هـ الموافق 18 نوفمبر 2026 م",
            "SPA",
            "",
        ),
        ("KYIV — ", "KYIV", "", ""),
        ("UBE, Japan — ", "UBE, Japan", "", ""),
        ("Santo Domingo, 18 nov — ", "Santo Domingo, 18 nov", "", ""),
        ("SYDNEY, Friday (AAP) - ", "SYDNEY, Friday", "AAP", ""),
        ("HONOLULU, Hawaii (IslandNewsNow) - ", "HONOLULU, Hawaii", "IslandNewsNow", ""),
        ("Leeds (YTV) — ", "Leeds", "YTV", ""),
    ],
)
def test_datelines(printed: str, place: str, agency: str, credit: str) -> None:
    text = "The harbour was closed on Monday, its master said."
    found = split_dateline(printed + text)
    if not (place or agency):
        assert found is None or found.rest == text
        return
    assert found is not None
    assert (found.text, found.agency, found.credit, found.rest) == (place, agency, credit, text)


@pytest.mark.parametrize(
    "paragraph",
    [
        "The mayor (who is also the baker) - and nobody minds - opened the fair.",
        "Lionel Grant (Harbour Rovers) - the oldest on the field - scored twice before the break.",
        "WATCH: The moment the bridge opened for the first time in four years.",
        "NATO said on Monday that it would hold its exercise in the spring.",
        "“We were late,” she said — and they were.",
        "In 2024 (a dry year) – the driest on record – the river stopped.",
        "Der Bürgermeister (SPD) - so heißt es - will nicht mehr antreten.",
        "2026年5月的一天，渡口关闭了。",
        "",
        "(Updates with comment from the bank)",
        "(RECTIFICATIF)",
        "(ROUNDUP)",
        "BERLIN (SPD) - Die Partei will den Hafen nicht schließen.",
        "WASHINGTON (FBI) — Agents searched the harbour on Monday.",
        "LONDON (VIDEO) — The harbour was closed on Monday.",
        "Palestinian Authority (PA) President Karim Haddad opened the bridge.",
        "American Airlines (AA) Flight 12 was late by a day.",
        "On May 3 (PTI) councillors of the harbour party met at the quay.",
        # A name in capitals, and what it is.
        "ORSA — the agency for space — said on Friday that its probe had landed.",
        "ORSA — Aldmoor's agency for space — said on Friday that its probe had landed.",
        "HBDK – Europas kleinste Bank – hat gut verdient.",
        "БАНК — крупнейший в городе — закрыл счета.",
        "OKEP. Those four letters have moved the price of oil for years.",
        "NORDWERK. Das Unternehmen baut seit hundert Jahren Fähren.",
        "NORDWERK: Shares of the maker of ferries fell on Monday.",
        "NORDWERK: L'entreprise construit des bacs depuis cent ans.",
        "NORDWERK: La compañía construye barcos desde hace cien años.",
        "NORDWERK: Die Aktie des Konzerns fiel am Montag.",
        # A day, and what day it was.
        "On Friday, May 5 – a day after the vote – the council met.",
        "On Friday, May 5 – The Day of the Ferry – the council met.",
        "Am Freitag, 5. Mai - einen Tag nach der Wahl - trat der Rat zusammen.",
        "Le vendredi, 5 mai – Fête du bac – le conseil se réunit.",
        "El domingo, 5 de mayo – Día del Puerto – se reunió el consejo.",
        "В пятницу, 5 мая — День порта — собрался совет.",
        # Where somebody is from, or stands in the picture.
        "Ortega (Argentina) — the captain — scored twice before the break.",
        "Ortega (Argentina) — The captain scored twice before the break.",
        "ORTEGA (Argentina) - The captain scored twice before the break.",
        "Ortega (Rovers) — The captain scored twice before the break.",
        "Ortega (ARG) — the captain — scored twice before the break.",
        "Ortega (links) - Der Kapitän traf zweimal.",
        "Finch (PA) — the senator from the hills — said no.",
        # Desks' words about their own copy.
        "ATTENTION EDITORS - The story on the harbour was sent by mistake.",
        "KILL KILL KILL: The story on the harbour was sent by mistake.",
        "ACHTUNG REDAKTIONEN - Die Meldung über den Hafen ist falsch.",
        "ВНИМАНИЕ: Сообщение о порте ошибочно.",
        # The agency's word for it, not its copy.
        "وقالت وكالة الأنباء القطرية /قنا/ اليوم إن الميناء مغلق.",
    ],
)
def test_what_is_no_dateline_stays(paragraph: str) -> None:
    assert split_dateline(paragraph) is None


@pytest.mark.parametrize(
    ("paragraph", "place"),
    [
        ("ALDMOOR — Rovers won 2–1 on Sunday, and nobody slept.", "ALDMOOR"),
        ("ALDMOOR — The bank — the oldest of the town — was sold on Monday.", "ALDMOOR"),
        ("ALDMOOR — eFerry, the maker of boats, was sold on Monday.", "ALDMOOR"),
        ("ALDMOOR, England — The council – at last – met.", "ALDMOOR, England"),
        ("ALDMOOR: The harbour was closed on Monday. The company that owns it was not asked.", "ALDMOOR"),
    ],
)
def test_a_place_in_capitals_before_a_sentence_is_a_dateline(paragraph: str, place: str) -> None:
    found = split_dateline(paragraph)
    assert found is not None
    assert (found.text, found.agency, paragraph.endswith(found.rest)) == (place, "", True)


def test_a_reporter_between_place_and_mark_is_named() -> None:
    found = split_dateline("إسطنبول / ليلى حداد / الأناضول أغلق الميناء يوم الاثنين.")
    assert found is not None
    assert (found.text, found.agency, found.byline) == ("إسطنبول", "Anadolu", "ليلى حداد")
    alone = split_dateline("إسطنبول / ليلى حداد / الأناضول")
    assert alone is not None
    assert (alone.text, alone.byline, alone.rest) == ("إسطنبول", "ليلى حداد", "")


def test_a_source_knows_its_own_mark() -> None:
    found = split_dateline("(Gulf Brief - Meridian) The harbour closed.", own="Gulf Brief")
    assert found is not None
    assert (found.agency, found.credit, found.rest) == ("Gulf Brief", "Meridian", "The harbour closed.")


@given(st.text(max_size=400))
def test_a_dateline_never_loses_a_letter(paragraph: str) -> None:
    found = split_dateline(paragraph)
    assert found is None or paragraph.endswith(found.rest)


@pytest.mark.parametrize(
    ("mark", "agency"),
    [
        ("AP", "AP"),
        ("The Associated Press", "AP"),
        ("ap", ""),
        ("REUTERS", "Reuters"),
        ("sid", "SID"),
        ("Ap", ""),
        ("x", ""),
    ],
)
def test_marks(mark: str, agency: str) -> None:
    assert find_agency(mark) == agency


def test_shared_marks() -> None:
    assert find_agencies("dpa/AFP") == ["dpa", "AFP"]
    assert find_agencies("AP, Reuters and AFP") == ["AP", "Reuters", "AFP"]
    assert find_agencies("dpa/bb") == ["dpa"]
    assert find_agencies("the mayor and AP") == []


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
def test_bylines(line: str, names: str, agencies: tuple[str, ...]) -> None:
    found = read_byline(line)
    assert found is not None
    assert (found.names, found.agencies) == (names, agencies)


@pytest.mark.parametrize(
    "line", ["By then the bridge was gone.", "By noon on Monday", "Von hier aus sieht man das Meer", ""]
)
def test_what_is_no_byline_stays(line: str) -> None:
    assert read_byline(line) is None


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
def test_credit_lines(line: str, agencies: tuple[str, ...]) -> None:
    found = read_credit(line)
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
def test_what_is_no_credit_stays(line: str) -> None:
    """A credit names people, places and agencies, and nothing else happens in it."""
    assert read_credit(line) is None
    assert read_byline(line) is None


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("IANS ab/cd", ("IANS",)), ("--IANS ab/cd", ("IANS",)), ("EFE ab/cd", ("EFE",)), ("(WAM) ab/cd", ("WAM",)),
        ("(KUNA) ab", ("KUNA",)), ("(PTI) ABC XYZ", ("PTI",)), ("PTI ABC XYZ", ("PTI",)), ("ab/cd", ()),
        ("(elw)", ("elw",)), ("(AGENCIES)", ()), ("(Agenturen)", ()), ("(agencias)", ()),
    ],
)  # fmt: skip
def test_the_last_line_with_an_agencys_mark_and_its_desks_signs(line: str, agencies: tuple[str, ...]) -> None:
    found = read_last_mark(line)
    assert found is not None
    assert (found.kind, found.agencies) == ("credit", agencies)


@pytest.mark.parametrize("line", ["It is so", "AP TO SUE", "(a small town by the sea)", "Orle ab/cd"])
def test_a_short_last_line_that_is_no_mark_stays(line: str) -> None:
    assert read_last_mark(line) is None


@pytest.mark.parametrize(
    ("printed", "place"),
    [("ORLE (AGENCIES) — The weir holds.", "ORLE"), ("(Agencies) The weir holds.", ""),
     ("ORLE, May 3 (Agencies): The weir holds.", "ORLE, May 3")],
)  # fmt: skip
def test_a_dateline_of_agencies_names_none(printed: str, place: str) -> None:
    found = split_dateline(printed)
    assert found is not None
    assert (found.text, found.agency, found.rest) == (place, "", "The weir holds.")


def test_a_mark_at_the_end_is_a_credit() -> None:
    assert split_end_mark("The ferry sails on Friday. (PTI) ABC XYZ") == ("The ferry sails on Friday.", ("PTI",))
    assert split_end_mark("The ferry sails on Friday. (Agencies)") == ("The ferry sails on Friday.", ())
    assert split_end_mark("He asked two firms (agencies)") == ("He asked two firms (agencies)", ())
    assert split_end_mark("The ferry sails again on Friday. (PTI)") == ("The ferry sails again on Friday.", ("PTI",))
    assert split_end_mark("The ferry sails again (perhaps)") == ("The ferry sails again (perhaps)", ())


def test_names_and_agencies_of_an_author_line() -> None:
    assert split_names("Lena Orchard, dpa") == ("Lena Orchard", ["dpa"])
    assert split_names("ROB BURN, AP National Security Writer") == ("ROB BURN", ["AP"])
    assert split_names("Agence France-Presse") == ("", ["AFP"])


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
def test_notices_in_titles(title: str, notice: str, rest: str) -> None:
    assert split_title(title) == (notice, rest)


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
        ("", "RPT-|URGENT-RPT-"),
    ],
)  # fmt: skip
def test_a_mark_counts_in_capitals_and_as_a_title(notice: str, marks: str) -> None:
    for mark in marks.split("|"):
        assert split_title(mark + HEADLINE) == (notice, HEADLINE), mark


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("BC-Ferry,1st Ld-Writethru", "writethru"),
        ("BC-Ferry, 2nd Ld", "lead"),
        ("BC-Ferry,3RD LD-WRITETHRU", "writethru"),
    ],
)
def test_a_slug_has_its_mark_behind_it(title: str, notice: str) -> None:
    assert split_title(title) == (notice, "BC-Ferry")


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
def test_news_that_begins_with_a_desks_word_gives_none(title: str) -> None:
    assert split_title(title) == ("", title)


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("Attention editors: please kill the story on the ferry", "kill"),
        ("ATTENTION EDITORS: PLEASE WITHHOLD THE STORY ON THE FERRY", "withhold"),
    ],
)
def test_a_note_in_the_headline_says_what_to_do(title: str, notice: str) -> None:
    assert split_title(title)[0] == notice


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
def test_notices_in_text(paragraph: str, notice: str) -> None:
    assert find_notice(paragraph) == notice


LONG = [
    f"Paragraph {number} tells at some length what the town of Elstow did about its bells in the year {number}."
    for number in range(4)
]


def test_a_block_printed_twice_is_kept_once() -> None:
    assert find_repeats([*LONG, *LONG]) == [4, 5, 6, 7]
    assert find_repeats([*LONG, *LONG[1:]]) == [4, 5, 6]
    assert find_repeats(["Bells", *LONG, "Bells", *LONG]) == [5, 6, 7, 8, 9]
    figures = ["Net 2,975,000 vs 8,750,000.", "Revs 35.9 mln vs 69.5 mln.", "Avg shrs 6,348,000 vs none."]
    assert find_repeats(["Shr 20 cts.", *figures, *figures]) == [4, 5, 6]


def test_what_is_said_twice_on_purpose_stays() -> None:
    assert find_repeats([LONG[0], "Yes.", LONG[1], "Yes.", LONG[2]]) == []
    assert find_repeats(["Fog?", "Yes.", "No.", "Perhaps.", "Rain?", "Yes.", "No.", "Perhaps."]) == []
    assert find_repeats([]) == []


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
def test_a_desks_word_on_the_headline_in_other_spellings(title: str, notice: str, left: str) -> None:
    assert split_title(title) == (notice, left)


@pytest.mark.parametrize(
    ("line", "notice"),
    [
        ("ATTENTION EDITORS - PLEASE WITHDRAW the story on the harbour, sent at noon.", "kill"),
        ("(RECTIFICATIF)", "correction"),
        ("(UPDATE)", "update"),
    ],
)
def test_a_desks_word_above_the_text_in_other_spellings(line: str, notice: str) -> None:
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
def test_a_desks_word_below_the_text(line: str, notice: str) -> None:
    assert find_end_notice(line) == notice
