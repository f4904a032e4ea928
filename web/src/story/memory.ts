import { useSyncExternalStore } from "react";

/** What the story has learnt so far: ids by placeholder name, and the steps already played. */
export type Memory = { found: Record<string, string>; done: string[] };

const KEY = "osit.story";
const PLACEHOLDER = /\{\{([a-zé]+)\}\}/g;

const listeners = new Set<() => void>();
let memory: Memory = recall();

function recall(): Memory {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "") as Memory;
    return { found: { ...kept.found }, done: [...kept.done] };
  } catch {
    return { found: {}, done: [] };
  }
}

function keep(next: Memory) {
  memory = next;
  sessionStorage.setItem(KEY, JSON.stringify(memory));
  for (const listener of listeners) listener();
}

export function remember(operation: string, found: Record<string, string | undefined>) {
  const known = Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1]));
  keep({ found: { ...memory.found, ...Object.fromEntries(known) }, done: [...new Set([...memory.done, operation])] });
}

export function startOver() {
  keep({ found: {}, done: [] });
}

/** What is known at any time: the moment an hour ago, the day, and that of a year ago. */
function moments(now: Date): Record<string, string> {
  const ago = new Date(now);
  ago.setUTCFullYear(now.getUTCFullYear() - 1);
  const day = (moment: Date) => moment.toISOString().slice(0, 10);
  const hourAgo = new Date(now.getTime() - 60 * 60_000);
  return { ilyauneheure: hourAgo.toISOString(), aujourdhui: day(now), unan: day(ago) };
}

/** The variables with every {{name}} replaced, and the names that nothing is known of yet. */
export function fill<T>(variables: T): { variables: T; missing: string[] } {
  const known: Record<string, string> = { ...memory.found, ...moments(new Date()) };
  const missing = new Set<string>();
  const replace = (text: string) =>
    text.replace(PLACEHOLDER, (whole, name: string) => {
      if (!(name in known)) missing.add(name);
      return known[name] ?? whole;
    });
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return replace(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
    return value;
  };
  return { variables: walk(variables) as T, missing: [...missing] };
}

export function useMemory(): Memory {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => memory,
  );
}
