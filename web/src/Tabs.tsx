import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";

// GraphiQL stores the texts of its editors apart from its tabs, each after another delay. After a reload it compares
// them with the tabs, and opens another tab when they differ. Without them it restores the tabs as they are.
for (const copy of ["query", "variables"]) localStorage.removeItem(`graphiql:${copy}`);

/** Fills GraphiQL's editors from the active tab once they exist, and scrolls to that tab. */
export function Tabs() {
  const { editors, activeTabIndex, tabs } = useGraphiQL((state) => ({
    editors: Boolean(state.queryEditor && state.variableEditor && state.headerEditor && state.responseEditor),
    activeTabIndex: state.activeTabIndex,
    tabs: state.tabs.length,
  }));
  const { changeTab } = useGraphiQLActions();
  useEffect(() => {
    if (editors) changeTab(activeTabIndex);
  }, [editors]);
  useEffect(() => {
    if (editors) showActiveTab();
  }, [editors, activeTabIndex, tabs]);
  return null;
}

function showActiveTab() {
  const tab = document.querySelector('[role="tab"][aria-selected="true"]');
  const list = tab?.parentElement;
  if (!tab || !list) return;
  const [inner, outer] = [tab.getBoundingClientRect(), list.getBoundingClientRect()];
  list.scrollBy({ left: Math.max(0, inner.right - outer.right) + Math.min(0, inner.left - outer.left) });
}
