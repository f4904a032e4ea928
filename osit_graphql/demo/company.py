"""The demo company as it stands in the directory: places, teams, tools, causes, and some forty people."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from osit_graphql.domain.enums import Role

DOMAIN = "demo.example"

HR_DEV = "Développement RH"
STOCK_DEV = "Développement Logistique"
DATABASES = "Bases de données"
NETWORKS = "Réseau"
WORKSTATIONS = "Postes de travail"

HR = "Portail RH"
STOCK = "Gestion des stocks"
DASHBOARDS = "Tableaux de bord"
ARCHIVES = "Archives documentaires"
ACCESS = "Accès réseau et téléphonie"
OFFICE = "Bureautique"

DEFECT = "Défaut logiciel"
NETWORK_SETUP = "Configuration réseau"
DATABASE_LINK = "Connexion à la base de données"
HARDWARE = "Panne matérielle"
MISUSE = "Erreur de manipulation"
PERMISSIONS = "Droits d’accès et mots de passe"
SATURATION = "Saturation (disque ou mémoire)"
CHANGE = "Évolution demandée"

CAUSES = (DEFECT, NETWORK_SETUP, DATABASE_LINK, HARDWARE, MISUSE, PERMISSIONS, SATURATION, CHANGE)

# Each application with the service that its calls go to first.
APPLICATIONS = {
    HR: HR_DEV,
    STOCK: STOCK_DEV,
    DASHBOARDS: DATABASES,
    ARCHIVES: DATABASES,
    ACCESS: NETWORKS,
    OFFICE: WORKSTATIONS,
}


@dataclass(frozen=True)
class Site:
    """A place; `code` marks its machines, `phone` is the start of its numbers (ranges kept for fiction)."""

    name: str
    city: str
    code: str
    phone: str


@dataclass(frozen=True)
class Service:
    """A team; `rates`: from the first of the month so many months back, what an hour costs, None for no rate."""

    name: str
    email: str
    phone: str
    rates: tuple[tuple[int, Decimal | None], ...]


LYON = Site("Siège de Lyon", "Lyon", "LYO", "04 65 71")
NAZAIRE = Site("Usine de Saint-Nazaire", "Saint-Nazaire", "NAZ", "02 61 91")
LILLE = Site("Entrepôt de Lille", "Lille", "LIL", "03 53 01")
SITES = (LYON, NAZAIRE, LILLE)

SERVICES = (
    Service(HR_DEV, "dev-rh", "04 65 71 20 10", ((14, Decimal("62.00")), (5, Decimal("64.50")))),
    Service(STOCK_DEV, "dev-logistique", "04 65 71 20 20", ((14, Decimal("60.00")), (8, Decimal("63.00")))),
    Service(DATABASES, "bases", "04 65 71 20 30", ((10, Decimal("71.00")),)),
    Service(NETWORKS, "reseau", "04 65 71 20 40", ((14, Decimal("58.00")), (7, None), (6, Decimal("61.00")))),
    Service(WORKSTATIONS, "postes", "04 65 71 20 50", ((14, Decimal("42.50")),)),
)


@dataclass(frozen=True)
class Employee:
    """Somebody of the company; `address` replaces the name before the @, for the accounts that everybody tries."""

    title: str
    first: str
    last: str
    site: Site
    roles: tuple[Role, ...] = (Role.REQUESTER,)
    service: str | None = None
    address: str | None = None
    left: bool = False

    @property
    def name(self) -> str:
        """As the directory writes it."""
        return f"{self.first} {self.last}"

    @property
    def polite(self) -> str:
        """As an operator writes it."""
        return f"{self.title} {self.last}"

    @property
    def email(self) -> str:
        """An address of the reserved domain."""
        written = self.address or f"{self.first}.{self.last}".replace(" ", "-")
        plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode().lower()
        return f"{plain}@{DOMAIN}"


R, OP, T, M, A = Role

PEOPLE = (
    Employee("Mme", "Nadia", "Benali", LYON, (OP,), address="operator"),
    Employee("M.", "Olivier", "Caron", LYON, (OP,)),
    Employee("Mme", "Lucie", "Prévost", LILLE, (OP, R)),
    Employee("M.", "Thomas", "Girard", LYON, (T,), HR_DEV, address="developer"),
    Employee("Mme", "Inès", "Colin", LYON, (T,), HR_DEV),
    Employee("M.", "Hugo", "Masson", LYON, (T, R), HR_DEV),
    Employee("M.", "Karim", "Haddad", LYON, (T,), STOCK_DEV),
    Employee("Mme", "Élodie", "Vasseur", LILLE, (T,), STOCK_DEV),
    Employee("M.", "Paul", "Guérin", LYON, (T,), STOCK_DEV),
    Employee("Mme", "Anne-Lise", "Robin", LYON, (T,), DATABASES),
    Employee("M.", "Mathieu", "Perrot", LYON, (T,), DATABASES),
    Employee("Mme", "Sophie", "Lemaire", LYON, (T,), NETWORKS, address="network"),
    Employee("M.", "Bruno", "Tessier", NAZAIRE, (T,), NETWORKS),
    Employee("M.", "Yann", "Le Goff", NAZAIRE, (T,), NETWORKS),
    Employee("M.", "Damien", "Rolland", LYON, (T,), WORKSTATIONS),
    Employee("Mme", "Fatou", "Diallo", NAZAIRE, (T,), WORKSTATIONS),
    Employee("M.", "Cédric", "Delattre", LILLE, (OP, T), WORKSTATIONS),
    Employee("Mme", "Hélène", "Roussel", LYON, (M,), address="manager"),
    Employee("M.", "Antoine", "Berger", NAZAIRE, (M, R)),
    Employee("M.", "Patrick", "Nguyen", LYON, (A,), address="admin"),
    Employee("Mme", "Claire", "Fontaine", LYON, address="requester"),
    Employee("M.", "Julien", "Marchand", LILLE, address="colleague"),
    Employee("Mme", "Sylvie", "Arnaud", LYON),
    Employee("M.", "Marc", "Bouvier", LYON),
    Employee("Mme", "Amina", "Cherif", LYON),
    Employee("M.", "Gilles", "Dumont", LYON),
    Employee("Mme", "Camille", "Estève", LYON),
    Employee("M.", "Romain", "Fabre", LYON),
    Employee("Mme", "Brigitte", "Hubert", LYON, left=True),
    Employee("M.", "Loïc", "Kerbrat", NAZAIRE),
    Employee("Mme", "Maëlle", "Le Bihan", NAZAIRE),
    Employee("M.", "Erwan", "Moreau", NAZAIRE),
    Employee("Mme", "Isabelle", "Nicol", NAZAIRE),
    Employee("M.", "Pascal", "Ollivier", NAZAIRE),
    Employee("Mme", "Gwenaëlle", "Petit", NAZAIRE),
    Employee("M.", "Fabrice", "Quéré", NAZAIRE),
    Employee("Mme", "Stéphanie", "Renard", LILLE),
    Employee("M.", "Kevin", "Sauvage", LILLE),
    Employee("Mme", "Laurence", "Thiébaut", LILLE),
    Employee("M.", "Mehdi", "Zerrouki", LILLE),
    Employee("Mme", "Justine", "Wattel", LILLE),
    Employee("M.", "Denis", "Vanhove", LILLE),
)
