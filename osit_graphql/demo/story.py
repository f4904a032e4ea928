"""The specification's own story, and its echo that is still open: an authentication error that was the network's."""

from osit_graphql.demo import steps
from osit_graphql.demo.company import DEFECT, HR, HR_DEV, NETWORK_SETUP, NETWORKS, PEOPLE, Employee
from osit_graphql.demo.hours import DAY, END
from osit_graphql.demo.steps import Step
from osit_graphql.domain.enums import Criticality, Priority, Severity

TITLE = "Message d’erreur à l’authentification sur le Portail RH"
_BEGUN = END - 6 * DAY + 15
_TOLD_AGAIN = "Connexion au Portail RH impossible depuis la salle de formation"


def _account(address: str) -> Employee:
    return next(person for person in PEOPLE if person.address == address)


OPERATOR, DEVELOPER, NETWORK = _account("operator"), _account("developer"), _account("network")
REQUESTER, COLLEAGUE = _account("requester"), _account("colleague")


def write(key: int) -> list[Step]:
    """Return the steps of the story and of its echo; they use this key and the next."""
    return [*_tell(key, _BEGUN), *_mend(key, _BEGUN + 101), *_echo(key + 1, END - 2 * DAY + 25)]


def _open(key: int, at: int, caller: Employee, title: str, description: str, impact: str) -> Step:
    return steps.Opening(
        at, key, OPERATOR,
        title=title, description=description, impact=impact, requester=caller, application=HR, service=HR_DEV,
        severity=Severity.MAJOR, criticality=Criticality.BLOCKING, suspected=DEFECT,
    )  # fmt: skip


def _tell(key: int, at: int) -> list[Step]:
    return [
        _open(
            key, at, REQUESTER, TITLE,
            "Mme Fontaine obtient « Erreur interne, code E-5031 » après la saisie de son mot de passe, depuis 8 h 05. "
            "Le mot de passe est le bon : il ouvre la messagerie. Deux collègues du même étage ont la même chose.",
            "Personne du service paie ne peut ouvrir le Portail RH, alors que les bulletins partent ce soir.",
        ),
        steps.Assignment(at + 12, key, DEVELOPER, assignee=DEVELOPER),
        steps.Remark(
            at + 38, key, DEVELOPER,
            "Journaux du serveur applicatif consultés de 8 h 00 à 8 h 45 : 31 échecs, tous « could not connect to "
            "server: connection timed out ». Aucun refus de mot de passe : l’authentification n’est pas en cause.",
        ),
        steps.Work(
            at + 80, key, DEVELOPER,
            "Défaut de connexion à la base de données. En session locale sur le serveur de base, tout répond en moins "
            "de 5 ms ; depuis le serveur applicatif, 4 connexions sur 10 expirent au bout de 30 s.",
            minutes=40, cause=NETWORK_SETUP,
        ),
        steps.Remark(
            at + 84, key, DEVELOPER,
            "Si le réseau tarde, basculer le Portail RH sur la base de secours à midi (accord de Mme Roussel).",
            internal=True,
        ),
        steps.Rerouting(at + 95, key, DEVELOPER, _REASON, service=NETWORKS),
    ]  # fmt: skip


def _mend(key: int, at: int) -> list[Step]:
    return [
        steps.Assignment(at, key, NETWORK, assignee=NETWORK),
        steps.Ranking(at + 24, key, NETWORK, "La bascule sur la base de secours tient jusqu’à ce soir.",
                      priority=Priority.HIGH),
        steps.Work(
            at + 64, key, NETWORK,
            "Route statique vers le sous-réseau des bases absente du commutateur de cœur n° 2 depuis sa mise à jour de "
            "la veille au soir ; le trafic réparti sur ce commutateur était perdu. Route rétablie et sauvegardée.",
            minutes=60, cause=NETWORK_SETUP,
        ),
        steps.Remark(at + 89, key, OPERATOR, "Mme Fontaine rappelée : elle se connecte, ses deux collègues aussi."),
        steps.Closing(
            at + 99, key, NETWORK,
            "Configuration du commutateur corrigée ; 200 connexions d’affilée vers la base sans perte. "
            "Authentification vérifiée avec l’appelante. La route est ajoutée à la liste de contrôle des mises à jour.",
        ),
    ]  # fmt: skip


_REASON = (
    "L’origine est dans la configuration réseau, pas dans l’application. Ce que j’ai recueilli :\n"
    "- 31 échecs de connexion à la base entre 8 h 00 et 8 h 45, tous par expiration du délai ;\n"
    "- base joignable en local (moins de 5 ms), aucune erreur ni saturation de son côté ;\n"
    "- depuis le serveur applicatif (10.20.4.15), 38 % de paquets perdus vers la base (10.30.1.8), port 5432 ;\n"
    "- même chemin vers les autres serveurs de 10.30.1.0/24 : mêmes pertes ; vers 10.20.0.0/16 : aucune ;\n"
    "- le tracé s’arrête une fois sur deux après le commutateur de cœur n° 2.\n"
    "La route vers 10.30.1.0/24 sur ce commutateur est à vérifier."
)


def _echo(key: int, at: int) -> list[Step]:
    return [
        _open(
            key, at, COLLEAGUE, _TOLD_AGAIN,
            "M. Marchand et ses six stagiaires ne passent pas l’écran d’identification du Portail RH depuis la salle "
            "de formation de Lille : « Service indisponible » après trente secondes. Depuis son bureau, cela "
            "fonctionne.",
            "Session de formation interrompue.",
        ),
        steps.Assignment(at + 20, key, DEVELOPER, assignee=DEVELOPER),
        steps.Remark(
            at + 45, key, DEVELOPER,
            "Aucune requête venant de la salle de formation n’atteint le serveur applicatif.",
        ),
        steps.Rerouting(
            at + 70, key, DEVELOPER,
            "Vu avec M. Marchand : le nom du portail est bien résolu, mais rien n’arrive de la salle de formation "
            "(10.43.8.0/24) jusqu’à nos journaux, alors que les bureaux de Lille passent. Cela ressemble au défaut de "
            "route de ces derniers jours ; à vérifier sur le commutateur de la salle.",
            service=NETWORKS,
        ),
        steps.Remark(at + 110, key, NETWORK, "Prise en compte ; accès à la salle demandé pour demain matin."),
    ]  # fmt: skip
