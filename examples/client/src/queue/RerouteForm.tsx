// Re-routes a ticket. What was asked for wrong comes back as userErrors, shown at the box that their `field` names.
import { useState } from 'react';
import { graphql, useFragment, useMutation } from 'react-relay';
import type { RerouteFormMutation } from './__generated__/RerouteFormMutation.graphql';
import type { RerouteForm_ticket$key } from './__generated__/RerouteForm_ticket.graphql';

type UserErrors = RerouteFormMutation['response']['ticketReroute']['userErrors'];

export function RerouteForm({ ticket }: { ticket: RerouteForm_ticket$key }) {
  const data = useFragment(
    graphql`
      fragment RerouteForm_ticket on Ticket {
        id
        version
        allowedActions
      }
    `,
    ticket,
  );
  const [reroute, inFlight] = useMutation<RerouteFormMutation>(graphql`
    mutation RerouteFormMutation($id: ID!, $input: TicketRerouteInput!) {
      ticketReroute(id: $id, input: $input) {
        ticket {
          ...RerouteForm_ticket
        }
        userErrors {
          code
          field
          message
        }
      }
    }
  `);
  const [errors, setErrors] = useState<UserErrors>([]);
  if (!data.allowedActions.includes('REROUTE')) return null;

  function submit(form: FormData) {
    reroute({
      variables: {
        id: data.id,
        input: {
          serviceId: String(form.get('serviceId')),
          comment: String(form.get('comment')),
          expectedVersion: data.version, // somebody else was quicker: STALE_VERSION, and the ticket as it now is
        },
      },
      onCompleted: ({ ticketReroute }) => setErrors(ticketReroute.userErrors),
    });
  }

  const at = (box: string) =>
    errors.filter(({ field }) => field?.at(-1) === box).map(({ message }) => <em key={message}>{message}</em>);
  return (
    <form action={submit}>
      <input name="serviceId" required /> {at('serviceId')}
      <textarea name="comment" /> {at('comment')}
      <button type="submit" disabled={inFlight}>
        Re-router
      </button>
    </form>
  );
}
