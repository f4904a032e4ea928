import type { DemoAccount } from "./config";
import { text } from "./language";
import { useSession, type Person, type Session } from "./session";
import { SignInForm } from "./SignInForm";

const ROLES: Record<string, string> = {
  REQUESTER: text("demandeur", "requester"),
  OPERATOR: text("opérateur", "operator"),
  TECHNICIAN: text("technicien", "technician"),
  MANAGER: text("responsable", "manager"),
  ADMIN: text("administrateur", "administrator"),
};

export function SessionBar({ session, accounts }: { session: Session; accounts: DemoAccount[] }) {
  const { person, notice, busy } = useSession(session);
  return (
    <header className="session">
      <h1>
        <span className="mark" aria-hidden="true" />
        OSIT
      </h1>
      <p className="person" aria-live="polite">{person && <Identity {...person} />}</p>
      {person ? (
        <button type="button" disabled={busy} onClick={() => void session.signOut()}>{text("Se déconnecter", "Sign out")}</button>
      ) : (
        <SignInForm session={session} busy={busy} />
      )}
      <p className="notice" role="status">{notice}</p>
      {accounts.length > 0 && <DemoAccounts session={session} accounts={accounts} current={person?.email ?? null} busy={busy} />}
    </header>
  );
}

function Identity({ name, roles, service }: Person) {
  const titles = roles.map((role) => ROLES[role] ?? role).join(", ");
  return (
    <>
      <strong>{name}</strong> <span className="roles">{[titles, service].filter(Boolean).join(" · ")}</span>
    </>
  );
}

type DemoProps = { session: Session; accounts: DemoAccount[]; current: string | null; busy: boolean };

function DemoAccounts({ session, accounts, current, busy }: DemoProps) {
  return (
    <div className="demo" role="group" aria-labelledby="demo-title">
      <span id="demo-title">{text("Société de démonstration :", "Demo company:")}</span>
      {accounts.map(({ email, label, password }) => (
        <button key={email} type="button" title={email} disabled={busy} aria-pressed={email === current} onClick={() => void session.signIn(email, password)}>
          {label}
        </button>
      ))}
    </div>
  );
}
