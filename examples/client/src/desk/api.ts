// Sends a typed document over plain fetch: the whole of a client's network layer.
import type { TypedDocumentString, UserErrorCode } from './__generated__/graphql.ts';

/** The request itself was refused: not signed in, a role missing, a limit, a fault of the server's. */
export class RequestRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly requestId?: string,
  ) {
    super(`${code}: ${message}`);
  }
}

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string; requestId?: string } }[];
}

export class Api {
  constructor(
    readonly url: string,
    readonly token?: string,
    readonly language = 'fr',
  ) {}

  /** The data of one request. Any top-level error throws: a client that shows partial data would keep both. */
  async send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'accept-language': this.language,
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query: document.toString(), variables }),
    }).catch(() => {
      throw new RequestRefused('UNREACHABLE', `nobody answers at ${this.url}`);
    });
    const answer = (await response.json()) as Answer<Result>;
    const [error] = answer.errors ?? [];
    if (error || !answer.data) {
      const { code = 'INTERNAL_SERVER_ERROR', requestId } = error?.extensions ?? {};
      throw new RequestRefused(code, error?.message ?? `HTTP ${response.status}`, requestId);
    }
    return answer.data;
  }
}

interface Payload {
  userErrors: { code: UserErrorCode; field: string[] | null; message: string }[];
}

/** What was asked for must have been done; else the refusals, each at the box of the form that it is about. */
export function expectDone<P extends Payload>(payload: P): P {
  const refusals = payload.userErrors.map((e) => `${e.field?.join('.') ?? '-'}: ${e.message} (${e.code})`);
  if (refusals.length) throw new Error(refusals.join('\n'));
  return payload;
}
