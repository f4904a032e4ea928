import "./nonce";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";
import "./bars.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { readConfig } from "./config";
import { Session } from "./session";

const root = createRoot(document.getElementById("root")!);
try {
  const config = await readConfig();
  root.render(<App config={config} session={new Session(config.endpoint)} />);
} catch {
  root.render(<p className="fatal" role="alert">OSIT ne répond pas. Rechargez la page quand le serveur est de retour.</p>);
}
