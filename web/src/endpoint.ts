import { LANGUAGE, text } from "./language";

/** One GraphQL request over HTTP: the only place of the page that calls the API. */
export type Operation = { query: string; operationName?: string | null; variables?: Record<string, unknown> };
export type Answer = { data?: Record<string, unknown> | null; errors?: { message: string; extensions?: { code?: string } }[] };

const UNREACHABLE = text("Le serveur ne répond pas. Réessayez dans un instant.", "The server does not respond. Try again in a moment.");

export async function post(
  endpoint: string,
  operation: Operation,
  headers: Record<string, string> = {},
): Promise<{ status: number; answer: Answer }> {
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      credentials: "omit",
      headers: {
        Accept: "application/graphql-response+json, application/json;q=0.9",
        "Accept-Language": LANGUAGE,
        "Content-Type": "application/json",
        ...headers,
      },
      body: JSON.stringify(operation),
    });
  } catch {
    return { status: 0, answer: { errors: [{ message: UNREACHABLE }] } };
  }
  try {
    return { status: response.status, answer: (await response.json()) as Answer };
  } catch {
    const message = text(`Le serveur a répondu ${response.status} sans JSON.`, `The server responded ${response.status} without JSON.`);
    return { status: response.status, answer: { errors: [{ message }] } };
  }
}
