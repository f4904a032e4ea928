"""What goes wrong with the Portail RH."""

from osit_graphql.demo.company import (
    DATABASE_LINK,
    DATABASES,
    DEFECT,
    MISUSE,
    NETWORK_SETUP,
    NETWORKS,
    PERMISSIONS,
    SATURATION,
)  # fmt: skip
from osit_graphql.demo.scenes.scene import BLOCKING, MAJOR, MINOR, MODERATE, NON_BLOCKING, Hop, Scene

SCENES = (
    Scene(
        (
            "Message d’erreur à l’authentification",
            "Portail RH : erreur {code} à la connexion",
            "Impossible de s’identifier sur le Portail RH",
        ),
        (
            "{who} obtient « Erreur interne {code} » après la saisie de son mot de passe, qui ouvre la messagerie.",
            "Depuis {hour}, connexion interminable puis « Service indisponible ». {count} personnes touchées.",
            "{who} signale que l’authentification échoue une fois sur deux, sans message clair.",
        ),
        MAJOR,
        BLOCKING,
        NETWORK_SETUP,
        notes=(
            "Journaux du serveur applicatif consultés : les échecs tombent tous sur l’ouverture de session SQL.",
            "Aucune mise en production depuis quatre jours, je cherche du côté de la connexion à la base.",
        ),
        reports=(
            "Configuration du pare-feu comparée à la sauvegarde : règle vers le port de la base manquante, rétablie.",
            "Route statique corrigée sur le commutateur de cœur, puis cinquante connexions d’affilée sans échec.",
        ),
        closings=(
            "Configuration réseau rétablie, authentification vérifiée avec {who}.",
            "Plus aucun échec dans les journaux depuis la correction. {who} confirme.",
        ),
        minutes=(30, 120),
        hops=(
            Hop(
                NETWORKS,
                (
                    "Les journaux montrent « connection timed out » vers la base, jamais « mot de passe refusé ».",
                    "Connexion à la base testée depuis le serveur applicatif : une tentative sur trois expire.",
                ),
                (
                    (
                        "La base répond en local mais pas depuis le serveur applicatif : paquets perdus entre les "
                        "deux. Relevés de {hour} joints : 3 tentatives sur 10 expirent, toutes sur le port 5432. Côté "
                        "application et base, rien d’anormal : l’origine est dans la configuration réseau."
                    ),
                    (
                        "Tests faits : session locale sur la base correcte, ping du serveur applicatif vers la base à "
                        "38 % de pertes, aucun redémarrage. À reprendre par le réseau."
                    ),
                ),
            ),
        ),
        impacts=("Personne du service de {who} ne peut poser ses congés.", "Tout le site est concerné."),
        weight=5,
    ),
    Scene(
        ("Solde de congés faux", "Portail RH : compteur de congés à zéro", "Jours de RTT disparus"),
        (
            "{who} voit un solde de congés à zéro alors qu’il restait {count} jours la semaine dernière.",
            "Le compteur de RTT de {who} a perdu {count} jours depuis {since}, sans demande validée entre-temps.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=(
            "Reproduit en recette : le report d’ancienneté est compté deux fois quand le contrat change de site.",
            "Le solde est juste en base, c’est l’affichage qui oublie les jours reportés.",
        ),
        reports=(
            "Calcul du report corrigé et solde de {who} recalculé ; contrôle sur vingt autres dossiers.",
            "Requête du compteur corrigée, livrée avec la mise à jour de midi.",
        ),
        closings=("Solde rétabli, vérifié par {who}.", "Correction en production, compteurs recalculés pour tous."),
        minutes=(45, 180),
        weight=4,
    ),
    Scene(
        ("Demande de congés bloquée en validation", "Congés : le responsable ne reçoit pas la demande"),
        (
            "La demande de {who} reste « en cours de validation » alors que son responsable n’a rien reçu.",
            "{who} a posé des congés depuis {since}, la demande n’apparaît pas chez son responsable.",
        ),
        MODERATE,
        NON_BLOCKING,
        MISUSE,
        notes=("Le responsable enregistré est celui de l’ancien service de {who}.",),
        reports=(
            "Rattachement hiérarchique mis à jour, demande renvoyée dans le circuit.",
            "Délégation de l’ancien responsable levée, la demande est repartie.",
        ),
        closings=("Demande reçue et validée par le bon responsable.", "{who} a reçu la validation par courriel."),
    ),
    Scene(
        ("Bulletin de paie introuvable", "Fiche de paie manquante dans le Portail RH"),
        (
            "{who} ne trouve pas son dernier bulletin dans l’espace documents.",
            "Le dernier bulletin de paie n’est pas proposé au téléchargement. Les précédents y sont.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=("Le dépôt du prestataire de paie est incomplet : {count} bulletins manquent pour {city}.",),
        reports=(
            "Prestataire relancé, lot redéposé puis intégré à la main.",
            "Fichier du prestataire corrigé (matricule mal formé) et rejoué.",
        ),
        closings=("Bulletin disponible, {who} l’a téléchargé.", "Lot complet intégré, rien ne manque."),
        internal=("Troisième lot incomplet du prestataire : à remonter au contrat.",),
        minutes=(20, 90),
    ),
    Scene(
        ("Mot de passe Portail RH refusé", "Compte verrouillé sur le Portail RH"),
        (
            "Après trois essais, le compte de {who} est verrouillé.",
            "{who} revient d’absence et son mot de passe est refusé.",
        ),
        MINOR,
        BLOCKING,
        PERMISSIONS,
        notes=("Compte verrouillé par la règle des trois essais.",),
        reports=(
            "Compte déverrouillé, lien de réinitialisation envoyé.",
            "Mot de passe provisoire donné par téléphone.",
        ),
        closings=("{who} a pu se connecter et changer son mot de passe.", "Connexion vérifiée au téléphone."),
        minutes=(5, 15),
        weight=5,
    ),
    Scene(
        ("Portail RH très lent", "Lenteurs du Portail RH le matin", "Pages RH longues à s’afficher"),
        (
            "Chaque page met plus de vingt secondes à s’afficher chez {who}, depuis {since}.",
            "Le Portail RH est inutilisable entre 8 h 30 et 10 h à {city}. {count} personnes s’en plaignent.",
        ),
        MODERATE,
        BLOCKING,
        DATABASE_LINK,
        notes=(
            "Le serveur applicatif attend la base : la réserve de connexions est épuisée.",
            "Pic à 200 connexions ouvertes, dont la moitié inactives.",
        ),
        reports=(
            "Connexions orphelines fermées, taille de la réserve portée à 40.",
            "Index manquant sur les demandes créé : la page d’accueil passe de 18 s à 0,4 s.",
        ),
        closings=("Temps de réponse redevenus normaux, mesurés sur une journée.", "{who} ne constate plus de lenteur."),
        minutes=(30, 150),
        hops=(
            Hop(
                DATABASES,
                ("Le code n’est pas en cause : 95 % du temps se passe en attente de la base.",),
                (
                    (
                        "Temps mesurés par page : 0,3 s d’application, 18 s d’attente de connexion à la base. La "
                        "réserve est pleine dès 8 h 40. À regarder côté base : sessions inactives et requête de "
                        "l’accueil jointe."
                    ),
                ),
            ),
        ),
        weight=4,
    ),
    Scene(
        ("Pièce jointe refusée sur un arrêt de travail", "Dépôt d’un justificatif impossible"),
        (
            "{who} ne peut pas joindre son justificatif : « format non autorisé », alors que c’est un PDF.",
            "Le dépôt d’une photo de justificatif échoue depuis le téléphone de {who}.",
        ),
        MODERATE,
        NON_BLOCKING,
        DEFECT,
        notes=("L’extension en majuscules (.PDF) est refusée par le contrôle.", "Photos au format HEIC non prévues."),
        reports=("Contrôle des extensions corrigé et livré.", "Conversion des photos ajoutée au dépôt."),
        closings=("Justificatif déposé par {who}.", "Dépôt vérifié depuis un poste et un téléphone."),
        minutes=(40, 160),
    ),
    Scene(
        ("Entretien annuel non enregistré", "Formulaire d’entretien effacé à la validation"),
        (
            "{who} a rempli le formulaire d’entretien annuel pendant une heure ; tout a disparu à l’enregistrement.",
            "À la validation de l’entretien, retour à la page d’accueil et texte perdu.",
        ),
        MAJOR,
        NON_BLOCKING,
        DEFECT,
        notes=("La session expire au bout de 30 minutes sans avertir.",),
        reports=(
            "Sauvegarde automatique du brouillon toutes les deux minutes, livrée.",
            "Texte de {who} retrouvé dans les journaux de requêtes et remis dans le formulaire.",
        ),
        closings=("Brouillon restitué et enregistrement vérifié.", "Plus de perte constatée depuis la livraison."),
        minutes=(60, 240),
    ),
    Scene(
        ("Écran blanc après connexion au Portail RH", "Page vide sur {browser}"),
        (
            "Après connexion, {who} n’a qu’une page blanche sous {browser}. Même chose en rechargeant.",
            "Depuis {since}, le Portail RH reste blanc sur {machine}.",
        ),
        MODERATE,
        BLOCKING,
        DEFECT,
        notes=("Erreur de script liée à la dernière mise à jour de {browser}.",),
        reports=("Script corrigé pour {browser}, cache vidé sur {machine}.", "Retour à la version précédente du menu."),
        closings=("Affichage correct chez {who}.", "Vérifié sur les trois navigateurs."),
        minutes=(30, 120),
    ),
    Scene(
        ("Export RH incomplet", "Export des effectifs tronqué à 5 000 lignes"),
        (
            "L’export des effectifs demandé par {who} s’arrête toujours à la même ligne.",
            "Le fichier d’export est vide au-delà d’une certaine taille, code {code}.",
        ),
        MODERATE,
        NON_BLOCKING,
        SATURATION,
        notes=("Espace temporaire du serveur plein à 100 %.",),
        reports=("Fichiers temporaires purgés, export relancé : complet.", "Volume temporaire agrandi de 20 Go."),
        closings=("Export complet remis à {who}.",),
        minutes=(20, 75),
    ),
    Scene(
        ("Pointages absents du Portail RH", "Heures badgées non reprises", "Pointage de la veille manquant"),
        (
            "Les pointages de {who} ne remontent plus depuis {since}, la badgeuse clignote pourtant en vert.",
            "{count} personnes de {city} ont une journée à zéro heure.",
        ),
        MODERATE,
        NON_BLOCKING,
        DATABASE_LINK,
        notes=("La reprise de nuit n’a pas pu ouvrir de session sur la base des badgeuses.",),
        reports=("Reprise relancée, {num} pointages intégrés.", "Mot de passe technique renouvelé, reprise vérifiée."),
        closings=("Pointages complets, {who} a vérifié sa semaine.", "Reprise de nuit passée normalement."),
        minutes=(20, 80),
        weight=4,
    ),
)
