import { GraphiQL } from "graphiql";
import { useMemo, useState } from "react";
import { createPortal } from "react-dom";
import type { Config } from "./config";
import { EditorOptions } from "./EditorOptions";
import { Result } from "./Result";
import type { Session } from "./session";
import { SessionBar } from "./SessionBar";
import { fetcherFor } from "./story/fetcher";
import { STEPS } from "./story/steps";
import { StoryBar } from "./story/StoryBar";
import { Tabs } from "./Tabs";

const TABS = STEPS.map(({ query, variables }) => ({ query, variables }));

export function App({ config, session }: { config: Config; session: Session }) {
  const fetcher = useMemo(() => fetcherFor(session), [session]);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const accounts = config.demo?.accounts ?? [];
  return (
    <>
      <SessionBar session={session} accounts={accounts} />
      {/* The story's bar stands above GraphiQL but needs its tabs: it is rendered inside and shown here. */}
      <div ref={setSlot} />
      <main>
        <GraphiQL fetcher={fetcher} defaultTabs={TABS} defaultEditorToolsVisibility="variables">
          <GraphiQL.Logo>
            <span className="brand">GraphiQL</span>
          </GraphiQL.Logo>
          <EditorOptions />
          <Tabs />
          <Result />
          {slot && createPortal(<StoryBar session={session} accounts={accounts} />, slot)}
        </GraphiQL>
      </main>
    </>
  );
}
