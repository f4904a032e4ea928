// A technician's or an operator's screen: « tickets en cours », page after page, and a ticket of it that stays fresh.
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';
import type { OpenTicketsQuery, TicketFilter } from './__generated__/OpenTicketsQuery.graphql';
import type { OpenTickets_query$key } from './__generated__/OpenTickets_query.graphql';
import { TicketRow } from './TicketRow';

export function OpenTicketsScreen({ filter }: { filter: TicketFilter | null }) {
  const data = useLazyLoadQuery<OpenTicketsQuery>(
    graphql`
      query OpenTicketsQuery($filter: TicketFilter) {
        viewer {
          allowedActions
          openTicketCount
        }
        ...OpenTickets_query @arguments(filter: $filter)
      }
    `,
    { filter },
  );
  return (
    <main>
      <h1>Tickets en cours ({data.viewer.openTicketCount})</h1>
      {data.viewer.allowedActions.includes('CREATE_TICKET') && <a href="/new">Nouveau ticket</a>}
      <OpenTickets query={data} />
    </main>
  );
}

function OpenTickets({ query }: { query: OpenTickets_query$key }) {
  const { data, hasNext, loadNext, isLoadingNext } = usePaginationFragment(
    graphql`
      fragment OpenTickets_query on Query
      @refetchable(queryName: "OpenTicketsPageQuery")
      @argumentDefinitions(
        filter: { type: "TicketFilter" }
        count: { type: "Int", defaultValue: 20 }
        cursor: { type: "String" }
      ) {
        openTickets(filter: $filter, first: $count, after: $cursor)
          @connection(key: "OpenTickets__openTickets", filters: ["filter"]) {
          edges {
            node {
              id
              ...TicketRow_ticket
            }
          }
        }
      }
    `,
    query,
  );
  return (
    <>
      <ul>
        {data.openTickets.edges.map(({ node }) => (
          <TicketRow key={node.id} ticket={node} />
        ))}
      </ul>
      <button type="button" disabled={!hasNext || isLoadingNext} onClick={() => loadNext(20)}>
        La suite
      </button>
    </>
  );
}
