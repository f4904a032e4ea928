"""What goes wrong with the Archives documentaires, and what is asked of them."""

from osit_graphql.demo.company import (
    ARCHIVES,
    DEFECT,
    HARDWARE,
    MISUSE,
    NETWORK_SETUP,
    PERMISSIONS,
    SATURATION,
    WORKSTATIONS,
)
from osit_graphql.demo.scenes.scene import BLOCKING, MAJOR, MINOR, MODERATE, NON_BLOCKING, Hop, Scene, Wish

SCENES = (
    Scene(
        ("Document introuvable dans les Archives", "Recherche dans les Archives sans résultat"),
        (
            "{who} cherche le contrat {ref}, classé le mois dernier : aucun résultat.",
            "La recherche ne renvoie rien depuis {since}, même sur un titre exact.",
        ),
        MODERATE,
        NON_BLOCKING,
        SATURATION,
        notes=("L’index de recherche n’est plus alimenté : file pleine.",),
        reports=("File purgée et index reconstruit.", "Espace de l’index doublé, reprise de {num} documents."),
        closings=("Document {ref} retrouvé par {who}.", "Recherche à jour, contrôlée sur dix documents."),
        minutes=(30, 120),
        weight=5,
    ),
    Scene(
        ("Numérisation qui n’arrive pas dans les Archives", "Scanner : documents perdus"),
        (
            "Les pages numérisées sur {printer} n’arrivent plus dans le dossier de {who}.",
            "Trois lots numérisés depuis {hour}, aucun dans les Archives.",
        ),
        MODERATE,
        BLOCKING,
        NETWORK_SETUP,
        notes=("Le dossier d’arrivée est vide : rien ne sort du copieur.",),
        reports=("Adresse du serveur corrigée sur {printer}, lots renvoyés.", "Certificat du copieur renouvelé."),
        closings=("Lots reçus et classés.",),
        minutes=(20, 70),
        hops=(
            Hop(
                WORKSTATIONS,
                ("Côté serveur tout est prêt, le copieur ne se connecte pas.",),
                (
                    (
                        "Aucune tentative de connexion de {printer} dans les journaux depuis {hour} ; les autres "
                        "copieurs déposent normalement. À voir sur le copieur."
                    ),
                ),
            ),
        ),
        weight=4,
    ),
    Scene(
        ("Document ouvert en lecture seule", "Impossible de modifier un dossier archivé"),
        (
            "{who} doit compléter le dossier {ref}, verrouillé par une personne absente.",
            "Le dossier {ref} reste en lecture seule depuis {since}.",
        ),
        MINOR,
        BLOCKING,
        MISUSE,
        notes=("Verrou laissé par une session fermée brutalement.",),
        reports=("Verrou levé après accord.",),
        closings=("{who} a pu modifier le dossier.",),
        minutes=(5, 20),
    ),
    Scene(
        ("Archives : accès perdu après changement de service", "Dossier partagé devenu invisible"),
        (
            "{who} ne voit plus les dossiers de son nouveau service.",
            "Depuis {since}, {count} dossiers ont disparu de l’arborescence de {who}.",
        ),
        MINOR,
        NON_BLOCKING,
        PERMISSIONS,
        notes=("Droits hérités de l’ancien groupe.",),
        reports=("Groupes repris avec le responsable des dossiers.",),
        closings=("Dossiers visibles, {who} confirme.",),
        minutes=(10, 30),
        weight=4,
    ),
    Scene(
        ("Fichier corrompu dans les Archives", "PDF archivé illisible"),
        (
            "Le PDF {ref} ne s’ouvre plus : « fichier endommagé ».",
            "{who} a besoin du document {ref} pour un audit, il est illisible.",
        ),
        MAJOR,
        NON_BLOCKING,
        HARDWARE,
        notes=("Secteurs défectueux sur un disque de la baie ; la copie de secours est saine.",),
        reports=("Document restauré depuis la sauvegarde, disque remplacé.",),
        closings=("Document lisible, somme de contrôle vérifiée.",),
        minutes=(40, 150),
        expenses=(180, 420),
        weight=2,
    ),
    Scene(
        ("Signature électronique refusée", "Certificat de signature expiré"),
        (
            "La signature de {ref} échoue : certificat expiré selon le prestataire.",
            "{who} ne peut plus signer depuis {since}, code {code}.",
        ),
        MAJOR,
        BLOCKING,
        PERMISSIONS,
        notes=("Le prestataire a renouvelé son autorité sans prévenir.",),
        reports=("Nouvelle autorité installée, signature d’essai valide.",),
        closings=("{ref} signé.", "Signature vérifiée par {who}."),
        minutes=(30, 90),
    ),
    Scene(
        ("Téléchargement des Archives interrompu", "Gros dossier impossible à télécharger"),
        (
            "Le téléchargement du dossier {ref} s’arrête à 2 Go chez {who}.",
            "{who} doit transmettre {ref} à un client, l’archive obtenue est incomplète.",
        ),
        MINOR,
        NON_BLOCKING,
        DEFECT,
        notes=("Taille maximale fixée trop bas dans le service de téléchargement.",),
        reports=("Limite relevée à 10 Go, reprise sur coupure activée.",),
        closings=("Dossier complet reçu par {who}.",),
        minutes=(20, 60),
    ),
)

WISHES = (
    Wish(
        ARCHIVES,
        "Reconnaissance de texte sur les documents numérisés",
        ("{who} ne retrouve pas les bons signés : la recherche ignore les images.",),
        "Accepté : besoin exprimé par quatre services.",
        "Refusé : coût de licence trop élevé.",
        "Reconnaissance de texte branchée sur les nouveaux dépôts.",
        "Recherche dans les bons numérisés vérifiée.",
        MODERATE,
    ),
    Wish(
        ARCHIVES,
        "Durée de conservation par type de document",
        ("{who} demande que les candidatures soient supprimées au bout de deux ans.",),
        "Accepté : obligation légale.",
        "Refusé dans cette version.",
        "Durées par type ajoutées, suppression après double accord.",
        "Premières suppressions contrôlées.",
        MAJOR,
    ),
    Wish(
        ARCHIVES,
        "Classer par glisser-déposer",
        ("{who} classe {count} documents par jour un par un.",),
        "Accepté.",
        "Refusé : le dépôt par lot existe.",
        "Glisser-déposer ajouté sur les dossiers.",
        "Livré.",
    ),
    Wish(
        ARCHIVES,
        "Lien de partage pour un client",
        ("{who} envoie de gros plans par courriel : un lien à durée limitée serait plus sûr.",),
        "Accepté avec une durée de sept jours.",
        "Refusé : sortie de documents à encadrer d’abord.",
        "Liens à durée limitée, journalisés.",
        "Premier lien envoyé par {who}.",
    ),
)
