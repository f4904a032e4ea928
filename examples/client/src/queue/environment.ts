// Relay's way to the API. The session token is all that a request carries; a dead one is HTTP 401.
import { Environment, Network, RecordSource, Store, type FetchFunction } from 'relay-runtime';

export function createEnvironment(url: string, token: string, onSignedOut: () => void): Environment {
  const send: FetchFunction = async (request, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: request.text, operationName: request.name, variables }),
    });
    if (response.status === 401) onSignedOut();
    return response.json();
  };
  return new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
}
