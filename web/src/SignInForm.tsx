import type { FormEvent } from "react";
import type { Session } from "./session";

export function SignInForm({ session, busy }: { session: Session; busy: boolean }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void session.signIn(String(form.get("email")), String(form.get("password")));
  };
  return (
    <form className="sign-in" aria-label="Connexion" onSubmit={submit}>
      <label>
        <span>Adresse e-mail</span>
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        <span>Mot de passe</span>
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" className="primary" disabled={busy}>Se connecter</button>
    </form>
  );
}
