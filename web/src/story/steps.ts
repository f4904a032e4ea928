import annuaire from "./operations/1-annuaire.graphql?raw";
import creation from "./operations/2-creation.graphql?raw";
import fileDeveloppeurs from "./operations/3-file-developpeurs.graphql?raw";
import intervention from "./operations/4-intervention.graphql?raw";
import reroutage from "./operations/5-reroutage.graphql?raw";
import fileReseau from "./operations/6-file-reseau.graphql?raw";
import cloture from "./operations/7-cloture.graphql?raw";
import mesTickets from "./operations/8-mes-tickets.graphql?raw";
import rapports from "./operations/9-rapports.graphql?raw";
import { text } from "../language";
import { identifiers, ticket } from "./answers";
import { withNote } from "./notes";

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

const OPERATOR = { who: text("opérateur du standard", "service desk operator"), email: "operator@demo.example" };
const DEVELOPER = { who: text("développeur", "developer"), email: "developer@demo.example" };
const NETWORK = { who: text("technicien réseau", "network technician"), email: "network@demo.example" };
const REQUESTER = { who: text("demandeur", "requester"), email: "requester@demo.example" };
const MANAGER = { who: text("responsable", "manager"), email: "manager@demo.example" };

const PLAIN_STEPS: Step[] = [
  {
    ...OPERATOR,
    operation: "Annuaire",
    title: text("Au téléphone : retrouver l’appelant et l’application", "On the phone: find the caller and the application"),
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
    title: text("Ouvrir le ticket et l’affecter aux développeurs", "Open the ticket and assign it to the developers"),
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
    title: text("Les développeurs voient le ticket dans leur file", "The developers see the ticket in their queue"),
    query: fileDeveloppeurs,
    variables: "",
  },
  {
    ...DEVELOPER,
    operation: "Intervention",
    title: text("Rendre compte de l’analyse des journaux", "Report the analysis of the logs"),
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
    title: text("Re-router vers le réseau, en le justifiant", "Re-route to the network team, with the reason"),
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
    title: text("Le réseau reçoit le ticket et tout son historique", "The network team gets the ticket and its full history"),
    query: fileReseau,
    variables: json({ id: "{{ticket}}" }),
  },
  {
    ...NETWORK,
    operation: "Cloture",
    title: text("Corriger la configuration et clôturer", "Correct the configuration and close"),
    query: cloture,
    variables: json({
      id: "{{ticket}}",
      input: { comment: "Route statique corrigée sur le commutateur ; authentification vérifiée avec l’appelant." },
    }),
  },
  {
    ...REQUESTER,
    operation: "MesTicketsClotures",
    title: text("L’appelant retrouve son ticket clôturé", "The caller finds the closed ticket"),
    query: mesTickets,
    variables: "",
  },
  {
    ...MANAGER,
    operation: "Rapports",
    title: text("Le responsable voit ce que cela coûte, et ce qui revient", "The manager sees the costs and the recurrences"),
    query: rapports,
    variables: json({ annee: { from: "{{unan}}", to: "{{aujourdhui}}" }, application: "{{application}}" }),
  },
];

export const STEPS = PLAIN_STEPS.map((step, index) => ({ ...step, query: withNote(step.query, index) }));
