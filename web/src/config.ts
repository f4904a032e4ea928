import { LANGUAGE } from "./language";

/** What the server says about itself before anybody signs in. */
export type Config = { endpoint: string; demo: { accounts: DemoAccount[] } | null };
export type DemoAccount = { role: string; label: string; email: string; password: string };

export async function readConfig(): Promise<Config> {
  const answer = await fetch(`${import.meta.env.BASE_URL}config.json`, { headers: { Accept: "application/json", "Accept-Language": LANGUAGE } });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
