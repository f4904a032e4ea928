import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/** Scrolls to the result at each run, where the page is higher than the screen. */
export function Result() {
  const { queryId, responseEditor } = useGraphiQL(({ queryId, responseEditor }) => ({ queryId, responseEditor }));
  useEffect(() => {
    const result = queryId > 0 && responseEditor?.getContainerDomNode().getBoundingClientRect();
    if (result) scrollBy({ top: Math.max(0, result.bottom - innerHeight) });
  }, [queryId]);
  return null;
}
