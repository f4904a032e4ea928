// A ticket's page by its global id, with its history: each kind of activity read through the interface.
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';
import type { TicketHistoryQuery } from './__generated__/TicketHistoryQuery.graphql';
import type { TicketHistory_ticket$key } from './__generated__/TicketHistory_ticket.graphql';
import { RerouteForm } from './RerouteForm';

export function TicketScreen({ id }: { id: string }) {
  const { node } = useLazyLoadQuery<TicketHistoryQuery>(
    graphql`
      query TicketHistoryQuery($id: ID!) {
        node(id: $id) {
          ... on Ticket @alias(as: "ticket") {
            ...TicketHistory_ticket
            ...RerouteForm_ticket
          }
        }
      }
    `,
    { id },
  );
  // Absent and not visible are one answer.
  if (!node?.ticket) return <p>Ce ticket n’existe pas.</p>;
  return (
    <article>
      <TicketHistory ticket={node.ticket} />
      <RerouteForm ticket={node.ticket} />
    </article>
  );
}

function TicketHistory({ ticket }: { ticket: TicketHistory_ticket$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment(
    graphql`
      fragment TicketHistory_ticket on Ticket
      @refetchable(queryName: "TicketHistoryPageQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
        title
        activities(first: $count, after: $cursor) @connection(key: "TicketHistory__activities") {
          edges {
            node {
              id
              __typename
              createdAt
              comment
              author {
                name
              }
              ... on Rerouting {
                fromService {
                  name
                }
                toService {
                  name
                }
              }
              ... on StatusChange {
                toStatus
              }
              ... on Intervention {
                minutes
                cause {
                  name
                }
              }
            }
          }
        }
      }
    `,
    ticket,
  );
  return (
    <section>
      <h1>{data.title}</h1>
      {data.activities.edges.map(({ node }) => (
        <p key={node.id}>
          <time dateTime={node.createdAt}>{node.createdAt}</time> {node.author?.name ?? 'OSIT'} :{' '}
          {node.__typename === 'Rerouting' && `${node.fromService?.name} → ${node.toService?.name} `}
          {node.__typename === 'StatusChange' && `${node.toStatus} `}
          {node.__typename === 'Intervention' && `${node.cause?.name} ${node.minutes ?? ''} `}
          {node.comment}
        </p>
      ))}
      {hasNext && (
        <button type="button" onClick={() => loadNext(20)}>
          La suite
        </button>
      )}
    </section>
  );
}
