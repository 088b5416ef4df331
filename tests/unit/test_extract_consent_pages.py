"""Consent pages of publishers in more languages, and articles about cookies in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.extract.extraction import extract

PAGES = [
    ("nl", "Je privacy", "Wij en onze 74 partners slaan gegevens op je apparaat op. Alles accepteren of kies."),
    ("nl", "Havenbode", "Deze website maakt gebruik van cookies om het bezoek te meten. Kies wat je wilt delen."),
    ("pl", "Twoja prywatność", "Używamy plików cookie, aby dopasować treści. Zaakceptuj wszystkie."),
    ("pl", "Głos Portu", "My i nasi zaufani partnerzy zapisujemy dane na Twoim urządzeniu i mierzymy ruch."),
    (
        "sv",
        "Din integritet",
        "Vi och våra 61 samarbetspartners lagrar uppgifter på din enhet. Godkänn alla eller neka.",
    ),
    ("sv", "Hamnposten", "Den här webbplatsen använder kakor för att mäta besöken. Läs mer om hur det fungerar."),
    ("da", "Dit privatliv", "Vi og vores 40 partnere gemmer oplysninger på din enhed. Accepter alle eller afvis."),
    ("da", "Havnebladet", "Denne hjemmeside bruger cookies til at måle trafikken og vise indhold."),
    ("no", "Ditt personvern", "Vi bruker informasjonskapsler for å måle trafikken. Godta alle eller velg selv."),
    ("no", "Havneposten", "Vi og våre 90 partnere lagrer opplysninger på enheten din for innhold."),
    ("fi", "Evästeasetukset", "Käytämme evästeitä kävijöiden laskemiseen. Hyväksy kaikki tai valitse itse."),
    ("fi", "Satamalehti", "Me ja 55 kumppanimme tallennamme tietoja laitteellesi ja näytämme sisältöä."),
    ("cs", "Vaše soukromí", "My a naši partneři ukládáme údaje ve vašem zařízení. Přijmout vše nebo nastavit."),
    ("cs", "Přístavní list", "Tento web používá soubory cookie k měření návštěvnosti a zobrazení obsahu."),
    (
        "pt",
        "A sua privacidade",
        "Nós e os nossos 33 parceiros guardamos dados no seu dispositivo.",
    ),
    (
        "ro",
        "Confidențialitatea ta",
        "Noi și partenerii noștri păstrăm date pe dispozitivul tău. Acceptă toate.",
    ),
    ("ro", "Gazeta Portului", "Folosim cookie-uri pentru a măsura traficul și a afișa conținut."),
    (
        "hu",
        "Az Ön adatvédelme",
        "Mi és 28 partnereink adatokat tárolunk az eszközén. Összes elfogadása vagy nem.",
    ),
    ("hu", "Kikötői Hírlap", "Oldalunkon sütiket használunk a látogatók méréséhez és mérjük a forgalmat."),
    ("el", "Το απόρρητό σας", "Εμείς και οι 45 συνεργάτες μας αποθηκεύουμε δεδομένα στη συσκευή. Αποδοχή όλων."),
    ("el", "Λιμενικά Νέα", "Χρησιμοποιούμε cookies για τη μέτρηση της επισκεψιμότητας και του περιεχομένου."),
    ("tr", "Gizliliğiniz", "Biz ve 12 iş ortaklarımız cihazınızda bilgi saklıyoruz. Hepsini kabul et ya da seç."),
]

ARTICLES = [
    (
        "nl",
        "Gemeente stopt met cookies",
        "De gemeente Osterby stopt met cookies op haar site, zei de burgemeester maandag.",
    ),
    (
        "pl",
        "Urząd rezygnuje z plików cookie",
        "Urząd w Osterby zrezygnował z plików cookie na swojej stronie, podał w piątek.",
    ),
    (
        "sv",
        "Kommunen slutar med kakor",
        "Osterby kommun slutar med kakor på sin webbplats, sade borgmästaren i måndags.",
    ),
    (
        "fi",
        "Kunta luopuu evästeistä",
        "Osterbyn kunta luopuu evästeistä sivustollaan, kunnanjohtaja sanoi maanantaina.",
    ),
    ("cs", "Obec ruší cookies", "Obec Osterby přestala měřit návštěvy na svém webu, uvedl v pondělí starosta."),
    (
        "hu",
        "Nem mér többé a város",
        "Osterby város nem méri többé a látogatókat sütikkel, közölte a polgármester hétfőn.",
    ),
    ("el", "Τέλος τα cookies", "Ο δήμος του Όστερμπι σταματά τη μέτρηση των επισκεπτών, είπε ο δήμαρχος τη Δευτέρα."),
]


def read(language: str, headline: str, text: str) -> Extraction:
    html = (
        f"<html lang={language}><head><meta charset=utf-8><title>{headline}</title></head>"
        f"<body><main><h1>{headline}</h1><p>{text}</p></main></body></html>"
    )
    at, media_type = datetime(2026, 3, 15, 12, tzinfo=UTC), "text/html; charset=utf-8"
    return extract(Page(url="https://bote.example/a", body=html.encode(), fetched_at=at, content_type=media_type))


@pytest.mark.parametrize(("language", "headline", "text"), PAGES)
def test_consent_page_is_refused(language: str, headline: str, text: str) -> None:
    assert read(language, headline, text).refusal_reason == "consent_page"


@pytest.mark.parametrize(("language", "headline", "text"), ARTICLES)
def test_article_about_cookies_is_kept(language: str, headline: str, text: str) -> None:
    assert read(language, headline, text).paragraphs == (text,)
