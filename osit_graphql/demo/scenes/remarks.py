"""What is said around any ticket: taking it up, waiting, calling back, sending it elsewhere, taking it back."""

from osit_graphql.demo.company import DATABASES, HR_DEV, NETWORKS, STOCK_DEV, WORKSTATIONS
from osit_graphql.demo.scenes.scene import Texts

TAKEN: Texts = (
    "Pris en charge.",
    "Je regarde ce ticket.",
    "Je reprends avec {who} dans la matinée.",
    "En cours d’analyse, retour avant la fin de journée.",
    "Premier appel à {who} : la panne est confirmée.",
)
WAITING: Texts = (
    "Pas de réponse de {who}, je rappelle demain.",
    "En attente d’un créneau avec {who}.",
    "Je laisse tourner avec la trace activée pour revoir la panne.",
    "Difficile à reproduire : {who} notera l’heure exacte la prochaine fois.",
)
WAITING_FOR_PARTS: Texts = (
    "Pièce commandée, livraison annoncée sous trois jours.",
    "Le fournisseur n’a pas encore répondu, relancé ce jour.",
    "Matériel de remplacement en rupture, prêt d’un appareil en attendant.",
)
WAITING_FOR_DELIVERY: Texts = (
    "Correctif prêt, livraison à la prochaine fenêtre de maintenance.",
    "Correction en recette, {who} l’essaiera avant la livraison.",
    "Livraison repoussée d’une semaine par un autre sujet.",
)
CALLED_BACK: Texts = (
    "{who} rappelle le standard : toujours en panne, demande un délai.",
    "Rappel de {who}, qui demande où en est son ticket.",
    "{who} précise que cela se produit surtout en début de matinée.",
    "{who} signale que {count} collègues sont maintenant concernés.",
    "{who} rappelle pour dire que cela fonctionne par moments.",
)
INTERNAL: Texts = (
    "À surveiller : même symptôme qu’un ticket récent, sans doute la même origine.",
    "Voir avec l’équipe avant de répondre à {who}.",
    "Échange un peu vif au téléphone avec {who} : rester diplomate.",
    "Solution de contournement non officielle appliquée, à retirer après le correctif.",
    "Ne pas promettre de date : la livraison dépend d’une autre équipe.",
    "Accès administrateur utilisé pour le diagnostic, à clôturer en fin d’intervention.",
)
PRIORITY_UP: Texts = (
    "Plusieurs personnes sont arrêtées : je remonte la priorité.",
    "Clôture de mois en cours, à traiter avant le reste.",
    "Le contournement ne tient plus.",
)
PRIORITY_DOWN: Texts = (
    "Un contournement existe, {who} peut travailler.",
    "Gêne limitée à un seul poste, après vérification.",
    "{who} est d’accord pour attendre la prochaine livraison.",
)
GRAVER: Texts = (
    "Plus grave qu’annoncé : tout le service de {who} est touché.",
    "Après vérification, d’autres sites sont concernés : gravité relevée.",
)
LIGHTER: Texts = (
    "Un seul poste touché et un poste de secours disponible : gravité abaissée.",
    "La fonction reste accessible par un autre menu : gravité ramenée à sa juste mesure.",
)
BECOMES_WISH: Texts = (
    "Ce n’est pas une panne : la fonction demandée n’existe pas. Requalifié en demande d’évolution.",
    "Comportement conforme à ce qui a été spécifié ; {who} souhaite autre chose. À examiner en réunion.",
)
CEASES_WISH: Texts = ("Ce n’est pas une évolution : cela marchait avant la dernière livraison. Requalifié en panne.",)
DELEGATED: Texts = (
    "Je te le confie, tu connais le sujet.",
    "À prendre dès que possible.",
    "Pour équilibrer la charge.",
)
REOPENED: Texts = (
    "{who} rappelle : le problème est revenu à l’identique. Je rouvre.",
    "Réapparu après redémarrage, la correction n’a pas tenu. Ticket rouvert.",
    "Réouverture : {who} n’avait pas pu vérifier avant la clôture, et la panne est toujours là.",
)
FIXED_AGAIN: Texts = (
    "Correction reprise en profondeur, surveillée pendant une journée.",
    "Deuxième cause trouvée et corrigée, {who} confirme.",
    "Cette fois la correction survit au redémarrage.",
)
VOIDED: Texts = (
    "Saisie sur le mauvais ticket.",
    "Intervention saisie deux fois.",
    "Durée fausse : ressaisie dans l’intervention suivante.",
)
DUPLICATE: Texts = (
    "Même panne que le ticket n° {number}, où se trouve le suivi. Doublon clôturé.",
    "Doublon du ticket n° {number} : {who} sait que la suite se passe là-bas.",
    "Déjà signalé par un collègue (ticket n° {number}), réglé en même temps.",
)
FOLLOWED: Texts = (
    "Sans doute la même panne que le ticket n° {number}, ouvert peu avant.",
    "À rapprocher du ticket n° {number} : même site, même heure.",
)
IMPACTS: Texts = (
    "{who} ne peut plus avancer.",
    "Travail ralenti pour {count} personnes.",
    "Gêne limitée à {who}.",
    "Une réunion de {who} en dépend.",
)
TOLD_ALREADY: Texts = (
    "Déjà demandé dans le ticket n° {number}, qui passera en réunion ; les deux besoins y sont réunis.",
    "Même demande que le n° {number} : je clos celui-ci, {who} suivra l’autre.",
)
POSTPONED: Texts = (
    "Reporté à la prochaine réunion : chiffrage demandé à l’équipe.",
    "Pas de décision aujourd’hui, le budget n’est pas connu.",
    "Reporté : à revoir avec les demandes proches de la même application.",
    "En attente de l’avis de l’équipe concernée.",
)
REFUSED: Texts = (
    "Refusé : le besoin est couvert par un autre outil.",
    "Refusé en réunion : une seule personne concernée, contournement accepté.",
)
ESTIMATED: Texts = (
    "Charge estimée par l’équipe : {count} jours, essais compris.",
    "Faisable sans changement de la base, à confirmer en maquette.",
    "Déjà demandé par un autre site sous une autre forme ; je joins les deux besoins.",
    "{who} précise que {count} collègues attendent la même chose.",
)
STARTED: Texts = (
    "Développement commencé.",
    "Maquette montrée à {who}, validée.",
    "Planifié pour la prochaine livraison.",
)
RESTORED: Texts = ("Réglage perdu à la dernière livraison, remis en place.",)
BACK: Texts = ("{who} retrouve le fonctionnement d’avant la livraison.",)
CHECKED: Texts = (
    "Vérifications faites au téléphone avec {who}.",
    "Contrôles de premier niveau : rien d’anormal de notre côté.",
    "Panne reproduite avec {who}, hors de notre périmètre.",
)
# What a service that received a ticket by mistake has found before handing it over.
MISROUTED: dict[str, Texts] = {
    HR_DEV: (
        "Le Portail RH répond normalement pour {who}, journaux vides à {hour}. Cela ne relève pas de notre équipe.",
        "Aucune trace de {who} dans nos journaux ce jour ; la panne se produit avant d’arriver chez nous.",
    ),
    STOCK_DEV: (
        (
            "Rien d’anormal dans la Gestion des stocks : {who} y travaille sans erreur. Échange téléphonique résumé "
            "ici : la panne touche tout le poste."
        ),
        "Vérifié avec {who} : l’application n’est pas ouverte quand cela arrive.",
    ),
    DATABASES: (
        "Bases en ligne, aucune erreur ni attente entre {hour} et maintenant. La panne est ailleurs.",
        "Sessions et espace disque vérifiés : tout est normal de notre côté.",
    ),
    NETWORKS: (
        "Liaison de {machine} mesurée : aucune perte sur mille paquets, débit nominal. Le réseau n’est pas en cause.",
        "Chemin complet vérifié depuis {city} jusqu’au serveur, ports ouverts. À reprendre par l’équipe compétente.",
    ),
    WORKSTATIONS: (
        "Même panne depuis un autre poste avec le compte de {who} : {machine} n’est pas en cause.",
        "{machine} contrôlé (disque, mémoire, mises à jour) : rien. Le problème suit {who}, pas le poste.",
    ),
}
