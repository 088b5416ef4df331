"""Datelines and the marks of agencies, and prose that looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.clean.dateline import split_dateline
from copydesk.pipeline.core.agencies import find_agencies, find_agency


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
def test_dateline_is_split(printed: str, place: str, agency: str, credit: str) -> None:
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
        # A name in capitals with an explanation.
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
        # A date with an explanation.
        "On Friday, May 5 – a day after the vote – the council met.",
        "On Friday, May 5 – The Day of the Ferry – the council met.",
        "Am Freitag, 5. Mai - einen Tag nach der Wahl - trat der Rat zusammen.",
        "Le vendredi, 5 mai – Fête du bac – le conseil se réunit.",
        "El domingo, 5 de mayo – Día del Puerto – se reunió el consejo.",
        "В пятницу, 5 мая — День порта — собрался совет.",
        # A person's country, or position in a picture.
        "Ortega (Argentina) — the captain — scored twice before the break.",
        "Ortega (Argentina) — The captain scored twice before the break.",
        "ORTEGA (Argentina) - The captain scored twice before the break.",
        "Ortega (Rovers) — The captain scored twice before the break.",
        "Ortega (ARG) — the captain — scored twice before the break.",
        "Ortega (links) - Der Kapitän traf zweimal.",
        "Finch (PA) — the senator from the hills — said no.",
        # Desk notes about their own copy.
        "ATTENTION EDITORS - The story on the harbour was sent by mistake.",
        "KILL KILL KILL: The story on the harbour was sent by mistake.",
        "ACHTUNG REDAKTIONEN - Die Meldung über den Hafen ist falsch.",
        "ВНИМАНИЕ: Сообщение о порте ошибочно.",
        # An agency quoted as a source.
        "وقالت وكالة الأنباء القطرية /قنا/ اليوم إن الميناء مغلق.",
    ],
)
def test_text_that_is_not_a_dateline_is_kept(paragraph: str) -> None:
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
def test_place_in_capitals_before_a_sentence_is_a_dateline(paragraph: str, place: str) -> None:
    found = split_dateline(paragraph)
    assert found is not None
    assert (found.text, found.agency, paragraph.endswith(found.rest)) == (place, "", True)


def test_reporter_between_place_and_mark_is_the_byline() -> None:
    found = split_dateline("إسطنبول / ليلى حداد / الأناضول أغلق الميناء يوم الاثنين.")
    assert found is not None
    assert (found.text, found.agency, found.byline) == ("إسطنبول", "Anadolu", "ليلى حداد")
    alone = split_dateline("إسطنبول / ليلى حداد / الأناضول")
    assert alone is not None
    assert (alone.text, alone.byline, alone.rest) == ("إسطنبول", "ليلى حداد", "")


def test_own_agency_mark_is_accepted() -> None:
    found = split_dateline("(Gulf Brief - Meridian) The harbour closed.", own_agency="Gulf Brief")
    assert found is not None
    assert (found.agency, found.credit, found.rest) == ("Gulf Brief", "Meridian", "The harbour closed.")


@given(st.text(max_size=400))
def test_splitting_a_dateline_loses_no_letter(paragraph: str) -> None:
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
def test_agency_mark_is_recognized(mark: str, agency: str) -> None:
    assert find_agency(mark) == agency


def test_shared_mark_names_all_agencies() -> None:
    assert find_agencies("dpa/AFP") == ["dpa", "AFP"]
    assert find_agencies("AP, Reuters and AFP") == ["AP", "Reuters", "AFP"]
    assert find_agencies("dpa/bb") == ["dpa"]
    assert find_agencies("the mayor and AP") == []
