import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import type { DemoAccount } from "../config";
import { text } from "../language";
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
    <section className="story" aria-label={text("L’histoire du cahier des charges", "The specification’s story")}>
      <button type="button" className="plain" aria-expanded={!folded} onClick={fold}>{text("L’histoire", "The story")}</button>
      {!folded && (
        <>
          <StepList current={current} open={open} />
          {current && <StepLine step={current} session={session} accounts={accounts} open={open} />}
          <button type="button" className="plain" onClick={restart}>{text("Recommencer", "Start over")}</button>
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
              aria-label={text(`Étape ${index + 1} : ${step.title}`, `Step ${index + 1}: ${step.title}`) + (played ? text(" (faite)", " (done)") : "")}
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
  const offersRole = account && !ready;
  const offersNext = next && !offersRole && done.includes(step.operation);
  const take = account && (() => void session.signIn(account.email, account.password));
  return (
    <p className="step-line">
      <span className="step-title">{step.title}</span>
      <span className="who">
        {text(`Rôle : ${step.who}`, `Role: ${step.who}`)} <span hidden={!account || !ready}>✓</span>
      </span>
      {/* Both buttons keep their place while they are hidden, so that the editors below do not move. */}
      <span className="action">
        <button type="button" className="primary" hidden={!offersRole} disabled={busy} onClick={take}>
          {text("Prendre ce rôle", "Take this role")}
        </button>
        {next && (
          <button type="button" className="primary" hidden={!offersNext} onClick={() => open(next)}>
            {text(`Étape suivante : ${STEPS.indexOf(next) + 1}`, `Next step: ${STEPS.indexOf(next) + 1}`)}
          </button>
        )}
      </span>
    </p>
  );
}
