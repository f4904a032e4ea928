// Mercurius on Fastify with its just-in-time compiled queries: a schema by hand, a loader for each relation, prepared
// statements over pg's pool.
import { makeExecutableSchema } from '@graphql-tools/schema';
import DataLoader from 'dataloader';
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';
import pg from 'pg';

pg.types.setTypeParser(20, Number); // bigint
const pool = new pg.Pool({ connectionString: process.env.PGURL, max: Number(process.env.POOL), idleTimeoutMillis: 0 });
const run = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar Date
  type User { id: Int!, name: String!, email: String! }
  type Thing { id: Int!, name: String! }
  type Activity { id: Int!, kind: String!, comment: String, createdAt: DateTime!, author: User }
  type Ticket {
    id: Int!, number: Int!, title: String!, description: String!, severity: String!, criticality: String!,
    priority: String!, status: String!, openedAt: DateTime!, updatedAt: DateTime!, closedAt: DateTime,
    requester: User!, application: Thing!, service: Thing!, activities(last: Int!): [Activity!]!
  }
  type Cost { applicationId: Int!, name: String!, interventions: Int!, minutes: Int!, labour: String!, expenses: String! }
  type Recurrence { applicationId: Int!, causeId: Int!, occurrences: Int! }
  input TicketInput {
    title: String!, description: String!, severity: String!, criticality: String!, requesterId: Int!,
    applicationId: Int!, serviceId: Int!
  }
  input CommentInput { ticketId: Int!, authorId: Int!, comment: String! }
  type Query {
    ticket(id: Int!): Ticket
    openTickets(serviceId: Int!, first: Int!): [Ticket!]!
    costs(since: Date!, until: Date!): [Cost!]!
    recurrences(since: Date!, until: Date!): [Recurrence!]!
  }
  type Mutation { createTicket(input: TicketInput!): Ticket!, addComment(input: CommentInput!): Activity! }
`;

const TICKET = `id, id as number, title, description, severity, criticality, priority, status, opened_at as "openedAt",
  updated_at as "updatedAt", closed_at as "closedAt", requester_id, application_id, service_id`;
const byId = (table, columns) => new DataLoader(async (ids) => {
  const rows = await run(table, `select ${columns} from peers.${table} where id = any($1::bigint[])`, [ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id));
});
const context = () => ({
  user: byId('person', 'id, name, email'),
  application: byId('application', 'id, name'),
  service: byId('service', 'id, name'),
  activities: new DataLoader(async (keys) => {
    const ids = keys.map((key) => key.id);
    const rows = await run('activities', `select a.* from unnest($1::int[]) k(id) cross join lateral (
      select id, kind, comment, created_at as "createdAt", author_id, ticket_id from peers.activity
      where ticket_id = k.id order by id desc limit $2) a order by a.id`, [ids, keys[0].last]);
    return ids.map((id) => rows.filter((row) => row.ticket_id === id));
  }, { cacheKeyFn: (key) => `${key.id}:${key.last}` }),
});

const asIs = (name) => new GraphQLScalarType({ name, serialize: (v) => (v instanceof Date ? v.toISOString() : v) });
const resolvers = {
  DateTime: asIs('DateTime'),
  Date: asIs('Date'),
  Query: {
    ticket: async (_, { id }) => (await run('ticket', `select ${TICKET} from peers.ticket where id = $1`, [id]))[0],
    openTickets: (_, { serviceId, first }) => run('page', `select ${TICKET} from peers.ticket
      where service_id = $1 and status = 'OPEN' order by list_rank, list_moment, id limit $2`, [serviceId, first]),
    costs: (_, { since, until }) => run('costs', `select application_id as "applicationId", name, interventions,
      minutes, labour::text, expenses::text from peers.costs($1, $2)`, [since, until]),
    recurrences: (_, { since, until }) => run('recurrences', `select application_id as "applicationId",
      cause_id as "causeId", occurrences from peers.recurrences($1, $2)`, [since, until]),
  },
  Mutation: {
    createTicket: async (_, { input: i }) => (await run('create', `insert into peers.made_ticket
      (title, description, severity, criticality, requester_id, application_id, service_id)
      values ($1, $2, $3, $4, $5, $6, $7) returning ${TICKET}`,
    [i.title, i.description, i.severity, i.criticality, i.requesterId, i.applicationId, i.serviceId]))[0],
    addComment: async (_, { input: { ticketId, authorId, comment } }) => (await run('comment', `insert into peers.made_comment
      (ticket_id, author_id, comment) values ($1, $2, $3)
      returning id, kind, comment, created_at as "createdAt", author_id`, [ticketId, authorId, comment]))[0],
  },
  Ticket: {
    requester: (ticket, _, { user }) => user.load(ticket.requester_id),
    application: (ticket, _, { application }) => application.load(ticket.application_id),
    service: (ticket, _, { service }) => service.load(ticket.service_id),
    activities: (ticket, { last }, { activities }) => activities.load({ id: ticket.id, last }),
  },
  Activity: { author: (row, _, { user }) => (row.author_id === null ? null : user.load(row.author_id)) },
};

const app = Fastify({ logger: false });
await app.register(mercurius, {
  schema: makeExecutableSchema({ typeDefs, resolvers }), context, jit: 1, graphiql: false,
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
console.log('ready');
