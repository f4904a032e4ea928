// One ticket of a list. Refetchable: Relay asks for it alone through node(id:), so its id must be global.
import { graphql, useRefetchableFragment } from 'react-relay';
import type { TicketRow_ticket$key } from './__generated__/TicketRow_ticket.graphql';
import type { TicketRowRefetchQuery } from './__generated__/TicketRowRefetchQuery.graphql';

export function TicketRow({ ticket }: { ticket: TicketRow_ticket$key }) {
  const [data, refetch] = useRefetchableFragment<TicketRowRefetchQuery, TicketRow_ticket$key>(
    graphql`
      fragment TicketRow_ticket on Ticket @refetchable(queryName: "TicketRowRefetchQuery") {
        number
        title
        priority
        openedAt
        service {
          name
        }
        assignee {
          name
        }
        cost {
          amount
          currency
        }
      }
    `,
    ticket,
  );
  return (
    <li>
      <button type="button" onClick={() => refetch({}, { fetchPolicy: 'network-only' })}>
        nº {data.number}
      </button>{' '}
      {data.title} · {data.priority} · {data.service.name} · {data.assignee?.name ?? 'à prendre'}
      {data.cost && ` · ${data.cost.amount} ${data.cost.currency}`} ·{' '}
      <time dateTime={data.openedAt}>{new Date(data.openedAt).toLocaleString('fr-FR')}</time>
    </li>
  );
}
