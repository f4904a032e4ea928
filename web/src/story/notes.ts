import { text } from "../language";

// Comments at the top of the story's operations, in the order of its steps.
const NOTES = [
  text(
    `En tant qu’opérateur du standard.
Un utilisateur appelle : un message d’erreur
apparaît quand il s’authentifie. D’un bout de
nom, d’adresse ou de numéro, on retrouve qui
appelle, ses tickets, et ceux qui ressemblent
à ce qu’il raconte. De l’annuaire, la page
retient les identifiants pour la suite.`,
    `As a service desk operator.
A user calls: an error message appears when
they sign in. From part of a name, address or
number, find the caller, their tickets, and
similar ones. The page remembers the IDs of the
directory for the next steps.`,
  ),
  text(
    `En tant qu’opérateur du standard.
Le ticket est ouvert, affecté aux développeurs.
{{demandeur}} et les autres noms ainsi écrits :
la page met à leur place, à l’envoi, ce que
l’étape 1 a trouvé.`,
    `As a service desk operator.
The ticket is opened, assigned to the developers.
When it sends the request, the page replaces
{{demandeur}} and the other names in braces by
the results of step 1.`,
  ),
  text(
    `En tant que développeur (technicien).
La file de son service, le plus récent en
tête : le ticket y est. Relancez cette requête
après l’étape 5 : il n’y est plus.`,
    `As a developer (technician).
The queue of their service, latest first: the
ticket is there. Run this query again after
step 5: it no longer is.`,
  ),
  text(
    `En tant que développeur.
Il rend compte de son intervention :
la lecture des journaux du serveur.`,
    `As a developer.
They report their intervention: reading the
server’s logs.`,
  ),
  text(
    `En tant que développeur.
La panne vient du réseau : il re-route le
ticket, commentaire obligatoire. « ticket »
revient null : son service ne le voit plus.`,
    `As a developer.
The fault is in the network: they re-route the
ticket, with a mandatory comment. “ticket” is
null: their service no longer sees it.`,
  ),
  text(
    `En tant que technicien réseau.
Le ticket est arrivé, avec tout son
historique, quel qu’en soit l’auteur.`,
    `As a network technician.
The ticket has arrived with its full history,
whoever wrote it.`,
  ),
  text(
    `En tant que technicien réseau.
La configuration est corrigée : le ticket est
clôturé, commentaire obligatoire.`,
    `As a network technician.
The configuration is corrected: the ticket is
closed, with a mandatory comment.`,
  ),
  text(
    `En tant que demandeur.
L’appelant suit ses propres tickets clôturés,
et eux seuls.`,
    `As a requester.
The caller follows their own closed tickets, and
only these.`,
  ),
  text(
    `En tant que responsable.
Ce que coûte chaque application sur un an ;
puis, pour une, mois par mois, ce qui revient,
et les tickets qui sont derrière ; enfin
comment les tickets ont circulé.`,
    `As a manager.
The cost of each application over a year; then,
for one of them, each month, the recurrences and
their tickets; finally the flow of tickets.`,
  ),
];

/** The operation of a step, numbered from 0, below its comment. */
export function withNote(operation: string, index: number): string {
  const comment = `${index + 1} · ${NOTES[index] ?? ""}`;
  return `${comment.replace(/^/gm, "# ")}\n${operation}`;
}
