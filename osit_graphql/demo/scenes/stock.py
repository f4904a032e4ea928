"""What goes wrong with the Gestion des stocks."""

from osit_graphql.demo.company import (
    DATABASE_LINK,
    DATABASES,
    DEFECT,
    HARDWARE,
    MISUSE,
    NETWORK_SETUP,
    NETWORKS,
    PERMISSIONS,
    SATURATION,
    WORKSTATIONS,
)  # fmt: skip
from osit_graphql.demo.scenes.scene import BLOCKING, MAJOR, MINOR, MODERATE, NON_BLOCKING, Hop, Scene

SCENES = (
    Scene(
        ("Douchettes déconnectées du stock", "Lecteurs de codes-barres muets", "Plus de saisie par douchette à {city}"),
        (
            "Les douchettes de l’allée {floor} affichent « serveur injoignable » depuis {hour}. Saisie à la main.",
            "{who} signale que {count} lecteurs de codes-barres perdent la liaison toutes les cinq minutes.",
        ),
        MAJOR,
        BLOCKING,
        NETWORK_SETUP,
        notes=("Le service répond, ce sont les terminaux qui n’atteignent plus l’adresse.",),
        reports=(
            "Borne Wi-Fi de l’allée reconfigurée sur le bon réseau virtuel, liaison stable pendant une heure.",
            "Plage d’adresses des terminaux étendue : elle était épuisée.",
        ),
        closings=("Douchettes en service dans toutes les allées.", "Aucune déconnexion sur la demi-journée."),
        minutes=(30, 120),
        hops=(
            Hop(
                NETWORKS,
                ("Aucune requête des terminaux dans les journaux de l’application depuis {hour}.",),
                (
                    (
                        "Rien n’arrive des terminaux jusqu’au serveur, les postes fixes fonctionnent : liaison radio "
                        "ou adressage. Liste des {count} terminaux et dernière adresse de chacun en commentaire "
                        "précédent."
                    ),
                ),
            ),
        ),
        impacts=("Préparation des commandes à la main, une heure de retard.",),
        weight=5,
    ),
    Scene(
        ("Stock négatif sur une référence", "Quantité négative affichée", "Écart de stock inexplicable"),
        (
            "La référence {ref} affiche un stock de −{num} à {city}.",
            "{who} constate un écart de {count} palettes entre l’écran et le rayon pour {ref}.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=(
            "Une annulation de réception a été comptée deux fois.",
            "Double clic sur « valider » enregistré deux fois.",
        ),
        reports=(
            "Mouvement en double annulé, verrou ajouté sur la validation.",
            "Quantité recalculée depuis l’inventaire.",
        ),
        closings=("Stock de {ref} juste, contrôlé en rayon.", "Écart soldé avec {who}."),
        minutes=(30, 120),
        weight=4,
    ),
    Scene(
        ("Étiquettes d’expédition illisibles", "Imprimante d’étiquettes {printer} en panne", "Étiquettes blanches"),
        (
            "{printer} sort des étiquettes à moitié blanches depuis {since}.",
            "Les transporteurs refusent les étiquettes de {printer} : code-barres illisible.",
        ),
        MAJOR,
        NON_BLOCKING,
        HARDWARE,
        service=WORKSTATIONS,
        notes=("Tête thermique usée, pièce à changer.", "Rouleaux d’un autre fournisseur : papier trop épais."),
        reports=("Tête d’impression remplacée et réglée.", "Galets nettoyés, capteur recalé, tête changée."),
        closings=("Cinquante étiquettes lues sans erreur.", "Impression nette, {who} confirme."),
        minutes=(20, 60),
        expenses=(85, 240),
        internal=("C’est la même imprimante que le mois dernier : prévoir son remplacement.",),
        weight=5,
    ),
    Scene(
        ("Commande {ref} bloquée en préparation", "Impossible de solder la commande {ref}"),
        (
            "La commande {ref} reste « en préparation » alors que le camion est parti.",
            "{who} ne peut pas clôturer {ref} : bouton grisé.",
        ),
        MODERATE,
        BLOCKING,
        DEFECT,
        notes=("Une ligne à quantité zéro empêche la clôture.",),
        reports=("Ligne vide supprimée et contrôle corrigé.", "Statut forcé après vérification avec le quai."),
        closings=("Commande {ref} soldée.", "Bouton de nouveau actif, {who} a soldé."),
        minutes=(20, 90),
        weight=4,
    ),
    Scene(
        ("Gestion des stocks inaccessible", "Erreur de base de données sur les stocks", "Stocks : {code}"),
        (
            "Message « connexion à la base perdue » à chaque validation depuis {hour}.",
            "La Gestion des stocks déconnecte {who} toutes les dix minutes, code {code}.",
        ),
        MAJOR,
        BLOCKING,
        DATABASE_LINK,
        notes=("La base coupe les sessions au-delà de 100 connexions.",),
        reports=("Nombre de sessions relevé, service redémarré.", "Session bloquante identifiée et fermée."),
        closings=("Plus de coupure depuis le redémarrage.", "Stable depuis une demi-journée, vérifié avec {who}."),
        minutes=(20, 90),
        hops=(
            Hop(
                DATABASES,
                ("L’application relance bien la connexion, la base la refuse : « too many clients ».",),
                (
                    (
                        "Erreur « too many clients » à chaque coupure, toujours au passage de l’inventaire de nuit. "
                        "Horaires et identifiants de session joints. À traiter côté base."
                    ),
                ),
            ),
        ),
        impacts=("Le quai d’expédition est arrêté.", "Réceptions en attente : {count} camions."),
        weight=5,
    ),
    Scene(
        ("Inventaire tournant interrompu", "Saisie d’inventaire perdue"),
        (
            "L’inventaire de {who} s’est arrêté à mi-parcours : {count} emplacements à ressaisir.",
            "Erreur {code} au moment d’enregistrer l’inventaire.",
        ),
        MODERATE,
        NON_BLOCKING,
        SATURATION,
        notes=("Disque des journaux plein pendant la nuit.",),
        reports=("Journaux purgés, saisie récupérée depuis le terminal.", "Rotation des journaux remise en marche."),
        closings=("Inventaire terminé.", "Saisie retrouvée en entier."),
    ),
    Scene(
        ("Droits manquants sur les transferts", "« Accès refusé » pour transférer du stock"),
        (
            "{who} prend le poste de chef d’équipe et ne voit pas le menu Transferts.",
            "« Accès refusé » sur les transferts entre sites depuis {since}.",
        ),
        MINOR,
        BLOCKING,
        PERMISSIONS,
        notes=("Profil « magasinier » au lieu de « chef d’équipe ».",),
        reports=("Profil corrigé après accord du responsable.",),
        closings=("Menu visible, transfert d’essai réussi.", "{who} a accès aux transferts."),
        minutes=(5, 25),
        weight=4,
    ),
    Scene(
        ("Réception fournisseur impossible", "Bon de livraison refusé : article inconnu"),
        (
            "Le bon de livraison {ref} est refusé : « article inconnu ».",
            "{who} ne peut pas réceptionner : le fournisseur a changé ses références.",
        ),
        MODERATE,
        BLOCKING,
        MISUSE,
        notes=("Fichier articles du fournisseur non mis à jour depuis un mois.",),
        reports=(
            "Nouveau fichier articles obtenu et intégré.",
            "{count} articles ajoutés à la main, fournisseur prévenu.",
        ),
        closings=("Réception {ref} enregistrée.",),
        minutes=(30, 100),
    ),
    Scene(
        ("Bon de préparation imprimé en double", "Doublons de bons de préparation"),
        (
            "Chaque bon sort en deux exemplaires à {city} depuis {since} : risque de double expédition.",
            "{who} a préparé deux fois la commande {ref}.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=("Tâche d’impression lancée sur deux serveurs à la fois.",),
        reports=("Tâche en double désactivée.", "Contrôle d’unicité ajouté avant impression."),
        closings=("Un seul bon par commande, vérifié sur une matinée.",),
        minutes=(30, 90),
    ),
    Scene(
        ("Seuil d’alerte jamais déclenché", "Pas d’alerte de rupture"),
        (
            "{ref} était en rupture sans qu’aucune alerte ne parte à {who}.",
            "Aucune alerte de réapprovisionnement reçue depuis {since}.",
        ),
        MINOR,
        NON_BLOCKING,
        MISUSE,
        notes=("Seuil saisi en cartons au lieu d’unités.",),
        reports=("Seuils de la famille repris avec {who}.",),
        closings=("Alerte d’essai reçue.",),
        minutes=(15, 45),
    ),
    Scene(
        ("Tablette de quai figée", "Terminal de quai qui redémarre seul"),
        (
            "La tablette du quai n° {num} se fige dès qu’on ouvre la liste des expéditions.",
            "{who} doit redémarrer le terminal de quai {count} fois par jour.",
        ),
        MODERATE,
        NON_BLOCKING,
        HARDWARE,
        notes=("Batterie gonflée, à changer.",),
        reports=("Batterie remplacée, terminal réinitialisé.", "Terminal de secours installé."),
        closings=("Terminal stable depuis deux jours.",),
        service=WORKSTATIONS,
        minutes=(20, 50),
        expenses=(35, 120),
    ),
)
