import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import type { DemoAccount } from "../config";
import { useSession, type Session } from "../session";
import { startOver, useMemory } from "./memory";
import { STEPS, type Step } from "./steps";

const FOLDED = "osit.story.folded";

/** The specification's story, step by step, above the tabs that play it. */
export function StoryBar({ session, accounts }: { session: Session; accounts: DemoAccount[] }) {
  const [folded, setFolded] = useState(localStorage.getItem(FOLDED) === "yes");
  const { current, open } = useSteps();
  const fold = () => {
    localStorage.setItem(FOLDED, folded ? "no" : "yes");
    setFolded(!folded);
  };
  const restart = () => {
    startOver();
    open(STEPS[0]!);
  };
  return (
    <section className="story" aria-label="L’histoire du cahier des charges">
      <button type="button" className="plain" aria-expanded={!folded} onClick={fold}>L’histoire</button>
      {!folded && (
        <>
          <StepList current={current} open={open} />
          {current && <StepLine step={current} session={session} accounts={accounts} open={open} />}
          <button type="button" className="plain" onClick={restart}>Recommencer</button>
        </>
      )}
    </section>
  );
}

/** The step whose tab is active, and how to go to another one's, which is opened again if it had been closed. */
function useSteps() {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(({ tabs, activeTabIndex, queryEditor, variableEditor }) => ({
    tabs,
    activeTabIndex,
    queryEditor,
    variableEditor,
  }));
  const { addTab, changeTab } = useGraphiQLActions();
  const open = (step: Step) => {
    const index = tabs.findIndex(({ operationName }) => operationName === step.operation);
    if (index >= 0) return changeTab(index);
    addTab();
    queryEditor?.setValue(step.query);
    variableEditor?.setValue(step.variables);
  };
  const operation = tabs[activeTabIndex]?.operationName;
  return { current: STEPS.find((step) => step.operation === operation), open };
}

function StepList({ current, open }: { current: Step | undefined; open: (step: Step) => void }) {
  const { done } = useMemory();
  return (
    <ol className="steps">
      {STEPS.map((step, index) => {
        const played = done.includes(step.operation);
        return (
          <li key={step.operation}>
            <button
              type="button"
              className={played ? "done" : ""}
              aria-current={step === current ? "step" : undefined}
              aria-label={`Étape ${index + 1} : ${step.title}${played ? " (faite)" : ""}`}
              title={step.title}
              onClick={() => open(step)}
            >
              {index + 1}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

type LineProps = { step: Step; session: Session; accounts: DemoAccount[]; open: (step: Step) => void };

function StepLine({ step, session, accounts, open }: LineProps) {
  const { done } = useMemory();
  const { person, busy } = useSession(session);
  const account = accounts.find(({ email }) => email === step.email);
  const next = STEPS[STEPS.indexOf(step) + 1];
  const ready = person !== null && (!account || person.email === account.email);
  return (
    <p className="step-line">
      <span className="step-title">{step.title}</span>
      <span className="who">{`Rôle : ${step.who}`}{ready && account ? " ✓" : ""}</span>
      {account && !ready && (
        <button type="button" className="primary" disabled={busy} onClick={() => void session.signIn(account.email, account.password)}>
          Prendre ce rôle
        </button>
      )}
      {done.includes(step.operation) && next && (
        <button type="button" className={ready ? "primary" : ""} onClick={() => open(next)}>
          Étape suivante : {STEPS.indexOf(next) + 1}
        </button>
      )}
    </p>
  );
}
