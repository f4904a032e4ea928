"""What goes wrong with the Tableaux de bord, and what is asked of them."""

from osit_graphql.demo.company import (
    DASHBOARDS,
    DATABASE_LINK,
    DEFECT,
    MISUSE,
    NETWORK_SETUP,
    NETWORKS,
    PERMISSIONS,
    SATURATION,
    STOCK_DEV,
)
from osit_graphql.demo.scenes.scene import BLOCKING, MINOR, MODERATE, NON_BLOCKING, Hop, Scene, Wish

SCENES = (
    Scene(
        ("Tableau de bord des ventes vide", "Indicateurs du jour absents", "Chiffres de la veille manquants"),
        (
            "Le tableau des ventes n’affiche rien pour hier. {who} a réunion à 11 h.",
            "Tous les indicateurs sont à zéro depuis {since}.",
        ),
        MODERATE,
        BLOCKING,
        DATABASE_LINK,
        notes=("Le chargement de nuit s’est arrêté : connexion à la source perdue à 2 h 10.",),
        reports=("Chargement relancé à la main, complet.", "Nouvelle tentative automatique ajoutée au chargement."),
        closings=("Chiffres présents, {who} confirme.", "Chargement de nuit passé sans incident."),
        minutes=(20, 80),
        impacts=("Réunion commerciale sans chiffres.",),
        weight=5,
    ),
    Scene(
        ("Écart entre tableau de bord et stock réel", "Indicateur de rotation faux"),
        (
            "Le taux de rotation affiché à {city} est le double de la réalité selon {who}.",
            "{who} trouve {num} unités d’écart entre le tableau de bord et la Gestion des stocks.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=("La vue compte les transferts internes comme des ventes.",),
        reports=("Vue corrigée, historique recalculé sur six mois.", "Flux corrigé à la source et chiffres rejoués."),
        closings=("Chiffres rapprochés avec {who}, écart nul.",),
        minutes=(60, 200),
        hops=(
            Hop(
                STOCK_DEV,
                ("Les chiffres reçus sont déjà faux à l’entrée de l’entrepôt de données.",),
                (
                    (
                        "Comparaison ligne à ligne faite : l’export de la Gestion des stocks contient déjà l’écart "
                        "({num} unités, exemple {ref}). L’entrepôt de données n’y change rien."
                    ),
                ),
            ),
        ),
    ),
    Scene(
        ("Tableau de bord trop long à ouvrir", "Rapport mensuel qui n’aboutit pas"),
        (
            "Le rapport mensuel de {who} tourne plus de dix minutes puis échoue, code {code}.",
            "Les tableaux de {city} mettent {count} minutes à s’ouvrir.",
        ),
        MINOR,
        NON_BLOCKING,
        SATURATION,
        notes=("La mémoire de travail déborde sur disque.", "Statistiques de la table des faits périmées."),
        reports=(
            "Statistiques recalculées, rapport en 12 s.",
            "Partition des mois anciens, mémoire de travail relevée.",
        ),
        closings=("Rapport rendu en moins d’une minute.",),
        minutes=(45, 180),
        weight=4,
    ),
    Scene(
        ("Accès refusé à un tableau de bord", "Tableau de bord de {city} invisible"),
        (
            "{who} ne voit plus le tableau de bord de son site.",
            "« Vous n’avez pas accès à cet espace » depuis la mutation de {who}.",
        ),
        MINOR,
        NON_BLOCKING,
        PERMISSIONS,
        notes=("Groupe d’accès de l’ancien site.",),
        reports=("Groupe corrigé après accord du responsable.",),
        closings=("Accès rétabli.",),
        minutes=(5, 20),
        weight=4,
    ),
    Scene(
        ("Envoi automatique du rapport arrêté", "Rapport hebdomadaire non reçu"),
        (
            "Le rapport hebdomadaire n’arrive plus dans la boîte de {who} depuis {since}.",
            "{count} destinataires n’ont pas reçu le rapport.",
        ),
        MINOR,
        NON_BLOCKING,
        NETWORK_SETUP,
        notes=("Le serveur d’envoi refuse l’adresse du serveur de rapports.",),
        reports=("Adresse ajoutée aux expéditeurs autorisés, envoi rejoué.",),
        closings=("Rapport reçu par {who}.",),
        minutes=(15, 50),
        hops=(
            Hop(
                NETWORKS,
                ("La tâche part bien, le relais de messagerie la rejette : « relay access denied ».",),
                (
                    (
                        "Refus du relais de messagerie (« relay access denied ») depuis le changement d’adressage. "
                        "Extrait du journal joint ; le rapport lui-même est bon."
                    ),
                ),
            ),
        ),
    ),
    Scene(
        ("Graphique illisible à l’export PDF", "Export PDF coupé"),
        (
            "L’export PDF coupe la dernière colonne du tableau de {who}.",
            "Les accents sont remplacés par des carrés dans le PDF exporté.",
        ),
        MINOR,
        NON_BLOCKING,
        DEFECT,
        notes=("Police absente du serveur d’export.",),
        reports=("Police installée, mise en page passée en paysage.",),
        closings=("PDF correct, envoyé à {who}.",),
        minutes=(20, 70),
    ),
    Scene(
        ("Dates décalées d’un jour dans un rapport", "Ventes du samedi comptées le vendredi"),
        (
            "Les ventes de la soirée tombent sur la veille dans le rapport de {who}.",
            "{who} trouve un jour d’écart entre le rapport et les bons {ref}.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=("Dates converties en heure universelle avant regroupement.",),
        reports=("Regroupement refait à l’heure de Paris, trois mois recalculés.",),
        closings=("Rapport conforme aux bons, vérifié par {who}.",),
        minutes=(60, 180),
    ),
    Scene(
        ("Filtre du tableau de bord sans effet", "Impossible de filtrer par site"),
        (
            "Quel que soit le site choisi, {who} voit les chiffres de toute l’entreprise.",
            "Le filtre « {city} » ne change rien sous {browser}.",
        ),
        MINOR,
        NON_BLOCKING,
        MISUSE,
        notes=("Deux filtres contradictoires enregistrés dans la vue personnelle.",),
        reports=("Vue personnelle remise à zéro, mode d’emploi envoyé.",),
        closings=("Filtre vérifié avec {who}.",),
        minutes=(10, 25),
    ),
)

WISHES = (
    Wish(
        DASHBOARDS,
        "Comparer deux sites sur un même graphique",
        ("{who} recopie les chiffres de {city} dans un tableur pour comparer.",),
        "Accepté.",
        "Refusé : l’export suffit.",
        "Choix de deux sites ajouté.",
        "Comparaison en service.",
    ),
    Wish(
        DASHBOARDS,
        "Indicateur du taux de service",
        (
            "{who} demande le pourcentage de commandes livrées à l’heure, par semaine.",
            "Taux de service à ajouter au tableau de direction.",
        ),
        "Accepté : indicateur demandé par la direction.",
        "Refusé : définition non arrêtée.",
        "Indicateur calculé chaque nuit, définition jointe.",
        "Indicateur affiché, valeurs contrôlées.",
        MODERATE,
    ),
    Wish(
        DASHBOARDS,
        "Recevoir une alerte quand un seuil est dépassé",
        ("{who} voudrait un courriel quand les retours dépassent 3 %.",),
        "Accepté pour trois indicateurs.",
        "Refusé : trop d’alertes déjà.",
        "Seuils réglables par indicateur.",
        "Alerte d’essai reçue par {who}.",
    ),
    Wish(
        DASHBOARDS,
        "Historique sur cinq ans",
        ("Les tableaux s’arrêtent à deux ans ; {who} prépare un appel d’offres.",),
        "Accepté si l’espace le permet.",
        "Refusé : les données anciennes sont sur un autre format.",
        "Années anciennes reprises en agrégats mensuels.",
        "Cinq ans consultables.",
    ),
)
