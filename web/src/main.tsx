import "./nonce";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";
import "./bars.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { readConfig } from "./config";
import { LANGUAGE, text } from "./language";
import { Session } from "./session";

document.documentElement.lang = LANGUAGE;
const root = createRoot(document.getElementById("root")!);
try {
  const config = await readConfig();
  root.render(<App config={config} session={new Session(config.endpoint)} />);
} catch {
  const down = text(
    "OSIT ne répond pas. Rechargez la page quand le serveur est de retour.",
    "OSIT does not respond. Reload the page when the server is back.",
  );
  root.render(<p className="fatal" role="alert">{down}</p>);
}
