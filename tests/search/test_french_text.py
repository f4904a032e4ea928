"""Search of French text: folding, stemming and separate words."""

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from tests.superuser import as_superuser

MATCH_STATEMENT = text("SELECT osit_piece(:document, 'A') @@ osit_query(:search)")

MATCHES = [
    ("Échec de connexion", "echec"),
    ("echec", "Échec"),
    ("Les réseaux", "reseau"),
    ("reseau coupé", "réseaux"),
    ("Une œuvre", "oeuvre"),
    ("Mon oeuvre", "œuvres"),
    ("Le cæcum", "caecum"),
    ("échouées hier", "échoué"),
    ("a échoué", "échouée"),
    ("créé", "créées"),
    ("année", "annees"),
    ("Noe\u0308l", "Noël"),
    ("FAÇADE", "facade"),
    ("déconnecté", "deconnectée"),
    ("mot de passe", "mots de passes"),
    ("l’authentification échoue", "authentifications"),
    ("l'authentification", "l’authentification"),
    ("Serveur de fichiers injoignable", '"fichiers injoignable"'),
    ("retour à la normale", '"retour à la normale"'),
    ("a été fermé", '"a été fermé"'),
    ("le serveur de fichiers", "« serveur de fichiers »"),
    ("Imprimante du 3e", "imprimante -étage"),
    ("Le problème de l'ouverture", "problème à l'ouverture"),
    ("erreur", "même erreur"),
    ("pare-feu", "pare feu"),
    ("pare feu", "pare-feu"),
    ("PC-0412 lent", "0412"),
    ("PC-0412 lent", "pc-0412"),
    ("export.xlsx", "export"),
    ("l'export est terminé.Merci", "terminé"),
    ("jean.dupont@example.fr", "dupont"),
    ("adresse 10.0.0.1", "10.0.0.1"),
    ("ticket n°1234", "#1234"),
    ("le 2026-11-23 à 14:30", "2026-11-23 14:30"),
    ("imprimante", "imprimante OR scanner"),
]
NON_MATCHES = [
    ("fichiers du serveur", '"serveur fichiers"'),
    ("Imprimante du 2e étage", "imprimante -etages"),
    ("Imprimante", "imprimante réseau"),
    ("réseau", "résultat"),
    ("abc", ""),
    ("abc", '""" - (('),
    ("abc", "-abc"),
]


@pytest.mark.parametrize(("document", "search"), MATCHES)
async def test_a_search_matches_a_document(migrated: Database, document: str, search: str) -> None:
    async with as_superuser(migrated).reading() as session:
        assert await session.scalar(MATCH_STATEMENT, {"document": document, "search": search}) is True


@pytest.mark.parametrize(("document", "search"), NON_MATCHES)
async def test_a_search_does_not_match_a_document(migrated: Database, document: str, search: str) -> None:
    async with as_superuser(migrated).reading() as session:
        assert await session.scalar(MATCH_STATEMENT, {"document": document, "search": search}) is False


async def test_a_phrase_does_not_span_two_pieces(migrated: Database) -> None:
    statement = text(
        "SELECT osit_append(osit_piece('un serveur', 'A'), osit_piece('coupé', 'B')) @@ osit_query(:search)"
    )
    async with as_superuser(migrated).reading() as session:
        matches = [
            await session.scalar(statement, {"search": search}) for search in ("serveur coupé", '"serveur coupé"')
        ]
    assert matches == [True, False]


async def test_words_over_the_size_limit_are_not_searched(migrated: Database) -> None:
    """PostgreSQL limits a document to a megabyte of words: words over the limit are stored, but not searched."""
    long = "(SELECT string_agg(md5(n::text), ' ') FROM generate_series(:start, :start + 9000) n)"
    grown = text(
        f"SELECT osit_append(osit_append(osit_append(osit_piece({long.replace(':start', '0')}, 'C'),"
        f" osit_piece({long.replace(':start', '10000')}, 'C')), osit_piece({long.replace(':start', '20000')}, 'C')),"
        f" osit_piece('petit', 'C')) @@ osit_query(md5('1'))"
    )
    async with as_superuser(migrated).reading() as session:
        assert await session.scalar(grown) is True
