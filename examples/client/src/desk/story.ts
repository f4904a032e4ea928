// Plays the specification's story on the demo company: authentication error → developers → network → closed.
// npm run story -- http://127.0.0.1:8000/graphql
import assert from 'node:assert/strict';
import { playPages } from '../queue/pages.ts';
import { Api, RequestRefused, expectDone } from './api.ts';
import {
  CallerTicketsDocument,
  CallersDocument,
  CloseTicketDocument,
  ClosedTicketsDocument,
  CommentTicketDocument,
  CreateTicketDocument,
  DirectoryDocument,
  LogInterventionDocument,
  OpenQueueDocument,
  RerouteTicketDocument,
  SignInDocument,
  SignOutDocument,
  TicketWithHistoryDocument,
  type OpenQueueQuery,
} from './__generated__/graphql.ts';

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const say = (line: string) => console.log(line);

async function signIn(name: string): Promise<Api> {
  const input = { email: `${name}@demo.example`, password: 'osit-demo' };
  const { token, viewer } = expectDone((await new Api(url).send(SignInDocument, { input })).signIn);
  assert.ok(token && viewer);
  say(`· ${viewer.user.name} (${viewer.roles.join(', ')}) se connecte`);
  return new Api(url, token);
}

function find<T extends { name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  assert.ok(found, `${name} is not in the demo company`);
  return found;
}

/** Every ticket of somebody's queue, page after page: a cursor is only good for the same filter and order. */
async function readQueue(api: Api, filter: { serviceIds: string[] } | null): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: OpenQueueQuery = await api.send(OpenQueueDocument, { filter, first: 20, after });
    const { edges, pageInfo, totalCount } = page.openTickets;
    ids.push(...edges.map(({ node }) => node.id));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) {
      assert.equal(ids.length, totalCount);
      return ids;
    }
  }
}

// Nobody signed in: a request-level refusal, by its code.
await assert.rejects(new Api(url).send(DirectoryDocument, {}), { code: 'UNAUTHENTICATED' } satisfies Partial<RequestRefused>);

// The call. Who is it, what have they open, where does it go?
const operator = await signIn('operator');
const { applications, services, causes } = await operator.send(DirectoryDocument, {});
const { users } = await operator.send(CallersDocument, {});
const caller = users?.edges.find(({ node }) => node.email === 'requester@demo.example')?.node;
assert.ok(caller, 'the operator finds the caller in the directory');
const { node } = await operator.send(CallerTicketsDocument, { caller: caller.id });
assert.ok(node?.__typename === 'User');
say(`  appel de ${node.name} : ${node.requestedTickets.totalCount} tickets déjà`);

const application = find(applications, 'Portail RH');
const developers = find(services, 'Développement RH');
const network = find(services, 'Réseau');
const created = expectDone(
  (
    await operator.send(CreateTicketDocument, {
      input: {
        title: 'Erreur à l’authentification sur le portail RH',
        description: 'Message « service indisponible » après la saisie du mot de passe.',
        requesterId: caller.id,
        applicationId: application.id,
        serviceId: developers.id,
        severity: 'MAJOR',
        criticality: 'BLOCKING',
        impact: 'Personne du site ne peut saisir ses congés.',
      },
    })
  ).ticketCreate,
).ticket;
assert.ok(created);
assert.equal(created.priority, 'URGENT');
say(`  ticket nº ${created.number} → ${created.service.name}, ${created.priority}`);

// The developers find where it comes from, and pass it on with what they know.
const developer = await signIn('developer');
const queue = await readQueue(developer, null);
assert.ok(queue.includes(created.id));
assert.deepEqual(await readQueue(developer, { serviceIds: [developers.id] }), queue, 'a technician sees their service’s tickets only');
expectDone(
  (
    await developer.send(CommentTicketDocument, {
      id: created.id,
      input: { comment: 'Journaux du serveur : la connexion à la base est perdue.', internal: true },
    })
  ).ticketComment,
);

const mute = (
  await developer.send(RerouteTicketDocument, { id: created.id, input: { serviceId: network.id, comment: '  ' } })
).ticketReroute;
assert.deepEqual(
  mute.userErrors.map(({ code, field }) => ({ code, field })),
  [{ code: 'REQUIRED', field: ['input', 'comment'] }],
);
say(`  re-router sans commentaire : ${mute.userErrors[0]?.message}`);

const rerouted = expectDone(
  (
    await developer.send(RerouteTicketDocument, {
      id: created.id,
      input: {
        serviceId: network.id,
        comment: 'La base répond en local, plus à travers le pare-feu : configuration réseau à revoir.',
      },
    })
  ).ticketReroute,
);
assert.equal(rerouted.ticket, null, 'out of sight the moment it is re-routed');
assert.equal(rerouted.activity?.kind, 'REROUTING');
const gone = await developer.send(TicketWithHistoryDocument, { by: { number: created.number } });
assert.equal(gone.ticket, null);
say('  re-routé vers Réseau ; le développeur ne le voit plus');

// The network technicians get everything that was found so far.
const technician = await signIn('network');
const { ticket } = await technician.send(TicketWithHistoryDocument, { by: { id: created.id } });
assert.ok(ticket);
assert.deepEqual(
  ticket.activities.nodes.map(({ kind }) => kind),
  ['OPENED', 'COMMENT', 'REROUTING'],
);
for (const line of ticket.activities.nodes) say(`    ${line.kind} · ${line.author?.name} · ${line.comment ?? ''}`);
assert.ok(ticket.allowedActions.includes('CLOSE'));

const [cause] = causes;
assert.ok(cause);
const worked = expectDone(
  (
    await technician.send(LogInterventionDocument, {
      id: created.id,
      input: {
        comment: 'Règle du pare-feu corrigée.',
        startedAt: new Date(Date.now() - 60 * 60_000).toISOString(),
        minutes: 45,
        causeId: cause.id,
        expenses: '12.50',
        expectedVersion: ticket.version,
      },
    })
  ).ticketLogIntervention,
);
assert.ok(worked.activity?.__typename === 'Intervention' && worked.ticket);
say(`  intervention de ${worked.activity.minutes} min : ${worked.activity.cost?.amount} ${worked.activity.cost?.currency}`);

// Two writers with one version: the second is told, with the ticket as it now is.
const stale = (
  await technician.send(CloseTicketDocument, {
    id: created.id,
    input: { comment: 'Connexion rétablie.', expectedVersion: ticket.version },
  })
).ticketClose;
assert.deepEqual(stale.userErrors.map(({ code }) => code), ['STALE_VERSION']);
assert.equal(stale.ticket?.version, worked.ticket.version);
const closed = expectDone(
  (
    await technician.send(CloseTicketDocument, {
      id: created.id,
      input: { comment: 'Connexion rétablie, vérifiée avec le site.', expectedVersion: worked.ticket.version },
    })
  ).ticketClose,
).ticket;
assert.equal(closed?.status, 'CLOSED');

// The caller follows it, without the technicians' notes to one another and without costs.
const requester = await signIn('requester');
const { closedTickets } = await requester.send(ClosedTicketsDocument, { first: 10 });
assert.equal(closedTickets.nodes[0]?.id, created.id);
const seen = (await requester.send(TicketWithHistoryDocument, { by: { id: created.id } })).ticket;
assert.deepEqual(
  seen?.activities.nodes.map(({ kind }) => kind),
  ['OPENED', 'REROUTING', 'INTERVENTION', 'STATUS_CHANGE'],
);
assert.equal(seen.cost, null);
const colleague = await signIn('colleague');
assert.equal((await colleague.send(TicketWithHistoryDocument, { by: { id: created.id } })).ticket, null);
say('  clôturé ; son demandeur le suit, un autre ne le voit pas');

// The same queue through Relay's runtime.
assert.ok(operator.token);
say(`  Relay : ${await playPages(url, operator.token)} tickets en cours, page après page`);

for (const api of [operator, developer, technician, requester, colleague]) {
  expectDone((await api.send(SignOutDocument, {})).signOut);
  await assert.rejects(api.send(DirectoryDocument, {}), { code: 'UNAUTHENTICATED' });
}
