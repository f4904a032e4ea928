import type { GraphiQLProps } from "graphiql";
import { Kind, parse } from "graphql";
import type { Answer } from "../endpoint";
import { text } from "../language";
import type { Session } from "../session";
import { fill, remember } from "./memory";
import { STEPS } from "./steps";

/** GraphiQL's way to the API: fills the story's placeholders in, sends as whoever is signed in, remembers what came back. */
export function fetcherFor(session: Session): GraphiQLProps["fetcher"] {
  return async (request, options) => {
    const { variables, missing } = fill((request.variables ?? {}) as Record<string, unknown>);
    if (missing.length > 0) return refusal(missing);
    const operationName = nameOf(request.query, request.operationName);
    const headers = options?.headers as Record<string, string> | undefined;
    const answer = await session.send({ query: request.query, operationName, variables }, headers);
    const step = STEPS.find(({ operation }) => operation === operationName);
    if (step && succeeded(answer)) remember(step.operation, step.learn?.(answer.data) ?? {});
    return answer;
  };
}

/** The operation to run. For a moment after a change of tab GraphiQL still gives the former tab's: a lone one needs no choice. */
function nameOf(query: string, chosen: string | null | undefined): string | null {
  try {
    const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return operations.length === 1 ? (operations[0]!.name?.value ?? null) : (chosen ?? null);
  } catch {
    return null; // the server says best what is wrong with it
  }
}

function succeeded(answer: Answer): answer is Answer & { data: Record<string, unknown> } {
  if (!answer.data || answer.errors) return false;
  return Object.values(answer.data).every((field) => !(field as { userErrors?: unknown[] } | null)?.userErrors?.length);
}

function refusal(missing: string[]) {
  const names = missing.map((name) => `{{${name}}}`).join(", ");
  const steps = missing.map((name) => STEPS.findIndex(({ gives }) => gives?.includes(name)) + 1).filter(Boolean);
  const where = steps.length > 0 ? text(` Exécutez d’abord l’étape ${Math.min(...steps)}.`, ` Run step ${Math.min(...steps)} first.`) : "";
  const message = text(
    `La page ne connaît pas encore ${names}.${where} Rien n’a été envoyé.`,
    `The page does not know ${names} yet.${where} Nothing was sent.`,
  );
  return { errors: [{ message }] };
}
