import { useSyncExternalStore } from "react";
import { post, type Answer, type Operation } from "./endpoint";
import { text } from "./language";

export type Person = { name: string; email: string | null; roles: string[]; service: string | null };
type State = { person: Person | null; notice: string; busy: boolean };

const KEY = "osit.token";
const PERSON = "viewer { roles user { name email service { name } } }";
const EXPIRED = text("Votre session est terminée : reconnectez-vous.", "Your session has ended: sign in again.");

/** Who is signed in. The token lives in sessionStorage: this browser tab only, gone when it closes, never a cookie. */
export class Session {
  private state: State = { person: null, notice: "", busy: false };
  private readonly listeners = new Set<() => void>();

  constructor(private readonly endpoint: string) {
    if (this.token) void this.recall();
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly read = () => this.state;

  /** Sends an operation as whoever is signed in; a dead token (401) ends the session here too. */
  async send(operation: Operation, headers: Record<string, string> = {}): Promise<Answer> {
    const token = this.token;
    const bearer = token ? { Authorization: `Bearer ${token}` } : {};
    const { status, answer } = await post(this.endpoint, operation, { ...bearer, ...headers });
    if (status === 401 && token && token === this.token && !("Authorization" in headers)) this.forget(EXPIRED);
    return answer;
  }

  async signIn(email: string, password: string): Promise<boolean> {
    this.update({ busy: true, notice: "" });
    const query = `mutation PageSignIn($input: SignInInput!) { signIn(input: $input) { token ${PERSON} userErrors { message } } }`;
    const { answer } = await post(this.endpoint, { query, variables: { input: { email, password } } });
    const payload = answer.data?.signIn as SignIn | undefined;
    if (!payload?.token) {
      const message = payload?.userErrors[0]?.message ?? answer.errors?.[0]?.message ?? text("La connexion a échoué.", "Signing in failed.");
      this.update({ busy: false, notice: message });
      return false;
    }
    await this.revoke();
    sessionStorage.setItem(KEY, payload.token);
    this.update({ busy: false, person: personOf(payload.viewer) });
    return true;
  }

  async signOut(): Promise<void> {
    this.update({ busy: true });
    await this.revoke();
    this.forget("");
  }

  private get token() {
    return sessionStorage.getItem(KEY);
  }

  /** Ends the current session on the server as well, so that no token stays alive unused. */
  private async revoke() {
    if (!this.token) return;
    await post(this.endpoint, { query: "mutation PageSignOut { signOut { userErrors { message } } }" }, { Authorization: `Bearer ${this.token}` });
  }

  private async recall() {
    this.update({ busy: true });
    const answer = await this.send({ query: `query PageViewer { ${PERSON} }` });
    if (answer.data?.viewer) this.update({ busy: false, person: personOf(answer.data.viewer as Viewer) });
    else if (this.token) this.update({ busy: false, notice: answer.errors?.[0]?.message ?? EXPIRED });
  }

  private forget(notice: string) {
    sessionStorage.removeItem(KEY);
    this.update({ person: null, notice, busy: false });
  }

  private update(change: Partial<State>) {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

type Viewer = { roles: string[]; user: { name: string; email: string | null; service: { name: string } | null } };
type SignIn = { token: string | null; viewer: Viewer; userErrors: { message: string }[] };

function personOf({ roles, user }: Viewer): Person {
  return { name: user.name, email: user.email, roles, service: user.service?.name ?? null };
}

export function useSession(session: Session): State {
  return useSyncExternalStore(session.subscribe, session.read);
}
