"""Words of tickets: a search matches the words of a text, however people and programs write them."""

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from tests.desk import Desk
from tests.superuser import as_superuser

MATCH_STATEMENT = text("SELECT osit_head(0, :title, NULL) @@ osit_query(:search)")
PHRASE = "Reçu :\n" + "-" * 33 + "\nBonjour"

MATCHES = {
    "line 10: a row of hyphens": [
        (PHRASE, "Reçu " + "-" * 33 + " Bonjour"),
        (PHRASE, "- " * 60 + "bonjour"),
        ("avant" + "-" * 40 + "après", "avant" + "-" * 40 + "après"),
        (PHRASE, "=" * 33 + " bonjour " + "_" * 33),
    ],
    "line 12: a lone hyphen, and a number, exclude nothing": [
        ("VPN - connexion impossible", "VPN - connexion impossible"),
        ("imprimante", "- imprimante"),
        ("erreur -2147467259", "-2147467259"),
        ("erreur -2147467259", "erreur -2147467259"),
        ("option --verbose", "--verbose"),
        ("VPN – connexion", "VPN –connexion"),
        ("-²", "-²"),
    ],
    "line 13: text in angle brackets": [
        ("Mail de Ann <ann.dupont@exemple.fr>", "dupont"),
        ("Mail de Ann <ann.dupont@exemple.fr>", "ann.dupont@exemple.fr"),
        ("<java.lang.NullPointerException> au démarrage", "NullPointerException"),
        ("<b>Urgent</b><br/>merci", "urgent merci"),
        ("Clic sur <a href='x'>Valider", "valider href"),
    ],
    "line 14: stop words alone, and names with signs": [
        ("Plus de son sur le poste", "son"),
        ("Le MES est arrêté", "MES"),
        ("Lecteur S: plein", "S:"),
        ("À la une", "à la"),
        ("Est-ce possible", "est-ce"),
        ("Cours de l'or", "or"),
        ("Compilateur C++ absent", "c++"),
        ("Compilateur C++17 absent", "C++17"),
        ("Module C# absent", "C#"),
        ("Installer .NET 8", ".net"),
        ("Notepad++ lent", "notepad"),
    ],
    "line 15: signed and glued numbers, dotted names": [
        ("-2147467259", "2147467259"),
        ("code=-5011", "5011"),
        ("ORA -12541", "12541"),
        ("ORA -12541", "ORA-12541"),
        ("UTC+2", "2"),
        *(("rapport.2026.xlsx", part) for part in ("rapport", "2026", "xlsx", "rapport.2026", "2026.xlsx")),
        *(("backup.20261123.tar.gz", part) for part in ("backup", "20261123", "tar.gz", "gz")),
        *(("log.1", part) for part in ("log", "1")),
        *(("eth0.100", part) for part in ("eth0", "100")),
        *(("v2.10.3", part) for part in ("v2", "10", "3", "v2.10.3")),
        *(("no.5", part) for part in ("no", "5")),
        ("nº1234, n°56", "1234 56"),
        ("appel du +33612345678", "33612345678"),
    ],
    "line 16: invisible characters and hyphens": [
        *((f"impri{mark}mante", "imprimante") for mark in "\u00ad\u200b\u200f\u202a\u202e\u2060\ufeff\ufe0f"),
        *(("imprimante", f"im{mark}primante") for mark in "\u00ad\u200b\u200d\u202c\u2060"),
        *((f"PC{hyphen}0412", "PC-0412") for hyphen in "‐‑‒–—―−"),
        *(("PC-0412", f"PC{hyphen}0412") for hyphen in "‐‑‒–—―−"),
        ("PC-0412", "PC0412"),
        ("PC0412", "PC-0412"),
        ("Wi-Fi", "wifi"),
        ("le wifi est coupé", "Wi-Fi"),
        ("SRV-PC-0412.osit.local", "srvpc0412"),
        ("pare-feu", "parefeu"),
        ("le pare-feu est coupé", '"le pare-feu est"'),
    ],
    "line 17: letters folded as accents are": [
        ("Weißhaupt", "weisshaupt"),
        ("STRASSE", "straße"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("Đorđe", "dorde"),
        ("Ħobża", "hobza"),
        ("ısı", "isi"),
        ("İstanbul", "istanbul"),
        ("Æther Œdipe Þór", "aether oedipe thor"),
        ("aether", "Æther"),
        ("poste ٠٦ ०१", "06 01"),
    ],
}
NON_MATCHES = {
    "line 12: a hyphen before a letter or a quote excludes": [
        ("imprimante réseau", "imprimante -réseau"),
        ("imprimante réseau", 'imprimante -"réseau"'),
        ("imprimante réseau", "-réseau"),
        ("imprimante réseau", "imprimante\u00a0-réseau"),
        ("le PC-0412", "le -PC0412"),
    ],
    "line 14: C is neither C++ nor C#": [
        ("Compilateur C++", "C"),
        ("Module C#", "C"),
        ("Installer .NET", "net"),
        ("Compilateur C++", "C#"),
        ("Le poste est lent", "son"),
        ("Le poste est lent", "le son"),
    ],
    "line 16: nothing but a hyphen joins": [
        ("PC 0412", "PC0412"),
        ("PC_0412", "PC0412"),
        ("PC--0412", "PC0412"),
        ("PC 12, salle 0412", "PC-0412"),
        ("adresse 10.0.1.0", "10.0.0.1"),
    ],
}


def rows(lines: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """Return one row for each case of each line."""
    return [(line, title, search) for line, cases in lines.items() for title, search in cases]


@pytest.mark.parametrize(("line", "title", "search"), rows(MATCHES))
async def test_words_match(migrated: Database, line: str, title: str, search: str) -> None:
    async with as_superuser(migrated).reading() as session:
        assert await session.scalar(MATCH_STATEMENT, {"title": title, "search": search}) is True, line


@pytest.mark.parametrize(("line", "title", "search"), rows(NON_MATCHES))
async def test_words_do_not_match(migrated: Database, line: str, title: str, search: str) -> None:
    async with as_superuser(migrated).reading() as session:
        assert await session.scalar(MATCH_STATEMENT, {"title": title, "search": search}) is False, line


async def test_stop_words_do_not_narrow_a_search_with_other_words(desk: Desk) -> None:
    ticket = await desk.company.ticket("Poste lent")
    assert await desk.numbers("operator", filter={"search": "son poste est lent"}) == [ticket]
    assert await desk.numbers("operator", filter={"search": "poste or son"}) == [ticket]


async def test_similar_tickets_share_words_in_angle_brackets_and_without_hyphens(desk: Desk) -> None:
    """Lines 13 and 16, for similar tickets."""
    document = "query ($to: SimilarTo!) { similarTickets(to: $to) { ticket { number } } }"
    one = await desk.company.ticket("Message <zorglub.Exception>", description="x")
    two = await desk.company.ticket("Poste KW-0412", description="x")
    for title, number in (("Erreur Zorglub", one), ("L'appareil KW0412", two)):
        similar = (await desk.reads("operator", document, to={"draft": {"title": title}}))["similarTickets"]
        assert [each["ticket"]["number"] for each in similar] == [number]


@pytest.mark.parametrize("search", ["???", "-", "😀", "' | '", "%", '""', "- " * 40, "\u0301", "º"])
@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "A text to search for has a letter or a digit."),
        ("fr", "Un texte à rechercher contient une lettre ou un chiffre."),
    ],
)
async def test_a_search_without_a_letter_or_digit_is_bad_input(
    desk: Desk, search: str, language: str, message: str
) -> None:
    tickets = "query ($search: String) { tickets(filter: {anyOf: [{search: $search}]}) { totalCount } }"
    users = "query ($search: String) { users(search: $search) { totalCount } }"
    for document, path in ((tickets, ["filter", "anyOf", "0", "search"]), (users, ["search"])):
        answer = await desk.api.ask(desk.token("operator"), document, {"search": search}, language)
        [error] = answer.errors
        assert (error["message"], error["extensions"]) == (message, {"code": "BAD_USER_INPUT", "argument": path})
