import annuaire from "./operations/1-annuaire.graphql?raw";
import creation from "./operations/2-creation.graphql?raw";
import fileDeveloppeurs from "./operations/3-file-developpeurs.graphql?raw";
import intervention from "./operations/4-intervention.graphql?raw";
import reroutage from "./operations/5-reroutage.graphql?raw";
import fileReseau from "./operations/6-file-reseau.graphql?raw";
import cloture from "./operations/7-cloture.graphql?raw";
import mesTickets from "./operations/8-mes-tickets.graphql?raw";
import rapports from "./operations/9-rapports.graphql?raw";
import { identifiers, ticket } from "./answers";

/** One step of the specification's story: a tab of GraphiQL. */
export type Step = {
  operation: string; // the operation's name, by which the tab is known
  title: string;
  who: string;
  email: string; // the demo company's account for it
  query: string;
  variables: string; // JSON; {{names}} are filled in when it is sent
  gives?: string[]; // the names that its answer settles
  learn?: (data: Record<string, unknown>) => Record<string, string | undefined>;
};

const json = (value: unknown) => JSON.stringify(value, null, 2);

const OPERATOR = { who: "opérateur du standard", email: "operator@demo.example" };
const DEVELOPER = { who: "développeur", email: "developer@demo.example" };
const NETWORK = { who: "technicien réseau", email: "network@demo.example" };
const REQUESTER = { who: "demandeur", email: "requester@demo.example" };
const MANAGER = { who: "responsable", email: "manager@demo.example" };

export const STEPS: Step[] = [
  {
    ...OPERATOR,
    operation: "Annuaire",
    title: "Au téléphone : retrouver l’appelant et l’application",
    query: annuaire,
    variables: json({
      appelant: REQUESTER.email,
      brouillon: { title: "Message d’erreur à l’authentification", description: "« Erreur interne » après le mot de passe." },
    }),
    gives: ["demandeur", "application", "developpeurs", "reseau", "cause"],
    learn: (data) => identifiers(data, REQUESTER.email),
  },
  {
    ...OPERATOR,
    operation: "CreationTicket",
    title: "Ouvrir le ticket et l’affecter aux développeurs",
    query: creation,
    variables: json({
      input: {
        requesterId: "{{demandeur}}",
        applicationId: "{{application}}",
        serviceId: "{{developpeurs}}",
        severity: "MAJOR",
        criticality: "BLOCKING",
        title: "Message d’erreur à l’authentification",
        description: "Depuis ce matin, « Erreur interne » s’affiche après la saisie du mot de passe.",
        impact: "Personne ne peut ouvrir sa session.",
      },
    }),
    gives: ["ticket"],
    learn: ticket,
  },
  {
    ...DEVELOPER,
    operation: "FileDeveloppeurs",
    title: "Les développeurs voient le ticket dans leur file",
    query: fileDeveloppeurs,
    variables: "",
  },
  {
    ...DEVELOPER,
    operation: "Intervention",
    title: "Rendre compte de l’analyse des journaux",
    query: intervention,
    variables: json({
      id: "{{ticket}}",
      input: {
        comment: "Journaux du serveur lus : la connexion à la base de données échoue par intermittence.",
        startedAt: "{{ilyauneheure}}",
        minutes: 45,
        causeId: "{{cause}}",
      },
    }),
  },
  {
    ...DEVELOPER,
    operation: "Reroutage",
    title: "Re-router vers le réseau, en le justifiant",
    query: reroutage,
    variables: json({
      id: "{{ticket}}",
      input: {
        serviceId: "{{reseau}}",
        comment:
          "La base répond en local, pas depuis le serveur applicatif : 40 % de paquets perdus entre les deux. La route statique du commutateur semble en cause ; journaux et traces relevés de 8 h 10 à 9 h 05.",
      },
    }),
  },
  {
    ...NETWORK,
    operation: "FileReseau",
    title: "Le réseau reçoit le ticket et tout son historique",
    query: fileReseau,
    variables: json({ id: "{{ticket}}" }),
  },
  {
    ...NETWORK,
    operation: "Cloture",
    title: "Corriger la configuration et clôturer",
    query: cloture,
    variables: json({
      id: "{{ticket}}",
      input: { comment: "Route statique corrigée sur le commutateur ; authentification vérifiée avec l’appelant." },
    }),
  },
  {
    ...REQUESTER,
    operation: "MesTicketsClotures",
    title: "L’appelant retrouve son ticket clôturé",
    query: mesTickets,
    variables: "",
  },
  {
    ...MANAGER,
    operation: "Rapports",
    title: "Le responsable voit ce que cela coûte, et ce qui revient",
    query: rapports,
    variables: json({ annee: { from: "{{unan}}", to: "{{aujourdhui}}" }, application: "{{application}}" }),
  },
];
