import type { FormEvent } from "react";
import { text } from "./language";
import type { Session } from "./session";

export function SignInForm({ session, busy }: { session: Session; busy: boolean }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void session.signIn(String(form.get("email")), String(form.get("password")));
  };
  return (
    <form className="sign-in" aria-label={text("Connexion", "Sign in")} onSubmit={submit}>
      <label>
        <span>{text("Adresse e-mail", "E-mail address")}</span>
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        <span>{text("Mot de passe", "Password")}</span>
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" className="primary" disabled={busy}>{text("Se connecter", "Sign in")}</button>
    </form>
  );
}
