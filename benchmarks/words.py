"""French-looking texts whose words are as unequally common as words are."""

import random
from collections.abc import Iterator

PHRASES = 8192
"""Texts are put together from a stock of so many titles, sentences and remarks."""
MACHINES = 20_000
"""Names of machines: the r-th is in one ticket of some 10 × r, so searches match from many to one."""
VOCABULARY = 3000
COMMON = (
    "le la de ne pas les un une du depuis dans sur impossible erreur écran poste application utilisateur message "
    "imprimante connexion réseau lent compte accès serveur mise à jour fichier bloqué ouvrir session mot passe "
    "messagerie impression export facture blanc page bouton valider formulaire données saisie tableau commande "
    "stock paie congés planning badge téléphone clavier souris disque sauvegarde lenteur coupure redémarrage "
    "déconnexion certificat expiré droit dossier partagé lecteur scanner affichage recherche résultat vide calcul "
    "total faux doublon import chargement échec délai dépassé base requête rapport mensuel clôture signature "
    "navigateur cache antivirus réinitialiser verrouillé étiquette entrepôt livraison fournisseur client agence "
    "siège atelier matin après-midi urgent collègue plusieurs aucun toujours parfois nouvelle version ancienne"
).split()
STARTS = "b bl br c ch cl d dr f fl g gr j l m n p pl pr qu r s st t tr v".split()
VOWELS = "a e i o u é ou an on in ai eau".split()
ENDS = "tion ment eur age ure ible ique ette oir ance ie al".split()
FIRST_NAMES = (
    "Anaïs André Aurélie Benoît Brigitte Cécile Chloé Claire Daniel David Élodie Émile Éric Fabienne François Gaëlle "
    "Gérard Hélène Henri Inès Isabelle Jacques Jean Jérôme Joëlle Julie Karim Laurent Léa Loïc Lucie Manon Marc Marie "
    "Mathilde Maxime Nadia Nicolas Noémie Olivier Pascal Paul Pierre Raphaël René Sandrine Sébastien Sophie Stéphane "
    "Sylvie Thérèse Thomas Valérie Victor Véronique Xavier Yann Yasmine Yves Zoé"
).split()


def _coin(rng: random.Random, parts: int) -> str:
    return "".join(rng.choice(STARTS) + rng.choice(VOWELS) for _ in range(parts))


def coin(rng: random.Random, count: int, parts: int, ends: list[str]) -> list[str]:
    """Make up so many different words."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[_coin(rng, parts) + rng.choice(ends)] = None
    return list(made)


def _text(rng: random.Random, vocabulary: list[str], count: int) -> str:
    # log-uniform ranks: the r-th word comes up in proportion to 1/r
    chosen = [vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(count)]
    return " ".join(chosen).capitalize()


def stock(seed: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, title, description and remark."""
    rng = random.Random(seed)  # noqa: S311 - the same texts every time
    vocabulary = COMMON + coin(rng, VOCABULARY - len(COMMON), 2, ENDS)
    for number in range(PHRASES):
        yield (
            number,
            _text(rng, vocabulary, rng.randint(4, 8)),
            _text(rng, vocabulary, rng.randint(12, 40)) + ".",
            _text(rng, vocabulary, rng.randint(5, 25)) + ".",
        )


def machines(seed: int) -> Iterator[tuple[int, str]]:
    """Yield number and name."""
    return enumerate(coin(random.Random(seed + 1), MACHINES, 3, ["x"]))  # noqa: S311 - the same names every time


def surnames(seed: int) -> list[str]:
    """Return a thousand."""
    rng = random.Random(seed + 2)  # noqa: S311 - the same names every time
    return [word.capitalize() for word in coin(rng, 1000, 2, ["", "t", "x", "rd", "n"])]
