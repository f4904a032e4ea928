// Relay's own runtime on the running demo company: pages that grow in its store, a ticket refetched by its id.
import assert from 'node:assert/strict';
import relay, { type IEnvironment, type OperationType } from 'relay-runtime';
import openTickets, { type OpenTicketsQuery } from './__generated__/OpenTicketsQuery.graphql.ts';
import openTicketsPage, { type OpenTicketsPageQuery } from './__generated__/OpenTicketsPageQuery.graphql.ts';
import ticketRow, { type TicketRowRefetchQuery } from './__generated__/TicketRowRefetchQuery.graphql.ts';
import { createEnvironment } from './environment.ts';

function ask<Operation extends OperationType>(
  environment: IEnvironment,
  query: typeof openTickets,
  variables: Operation['variables'],
): Promise<Operation['response'] | undefined> {
  return relay.fetchQuery<Operation>(environment, query, variables).toPromise();
}

/** What Relay's store holds of the list, as the component would show it. */
function readEdges(environment: IEnvironment): { ids: string[]; cursor: string | null; more: boolean } {
  const source = environment.getStore().getSource();
  const list = source.get(relay.ROOT_ID)?.['__OpenTickets__openTickets_connection'] as { __ref: string } | undefined;
  assert.ok(list, 'Relay keeps the connection under its key');
  const follow = (reference: unknown) => {
    const record = source.get((reference as { __ref: string }).__ref);
    assert.ok(record);
    return record;
  };
  const connection = follow(list);
  const edges = (connection['edges'] as { __refs: string[] }).__refs.map((__ref) => follow({ __ref }));
  const page = follow(connection['pageInfo']);
  return {
    ids: edges.map((edge) => String(follow(edge['node'])['id'])),
    cursor: page['endCursor'] as string | null,
    more: Boolean(page['hasNextPage']),
  };
}

export async function playPages(url: string, token: string): Promise<number> {
  const environment = createEnvironment(url, token, () => assert.fail('signed out'));
  const data = await ask<OpenTicketsQuery>(environment, openTickets, { filter: null });
  assert.ok(data);
  let list = readEdges(environment);
  for (let size = 0; list.more && list.ids.length > size; list = readEdges(environment)) {
    size = list.ids.length;
    await ask<OpenTicketsPageQuery>(environment, openTicketsPage, { filter: null, count: 20, cursor: list.cursor });
  }
  assert.equal(new Set(list.ids).size, data.viewer.openTicketCount);
  assert.equal(list.ids.length, data.viewer.openTicketCount);
  const [id] = list.ids;
  assert.ok(id);
  assert.ok(await ask<TicketRowRefetchQuery>(environment, ticketRow, { id }));
  return list.ids.length;
}
