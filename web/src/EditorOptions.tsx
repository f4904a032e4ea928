import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/** Long lines wrap, and French typography (’, …) is not marked as suspicious. */
const OPTIONS = { wordWrap: "on", unicodeHighlight: { ambiguousCharacters: false } } as const;

export function EditorOptions() {
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(({ queryEditor, variableEditor, responseEditor }) => ({
    queryEditor,
    variableEditor,
    responseEditor,
  }));
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, responseEditor]) editor?.updateOptions(OPTIONS);
  }, [queryEditor, variableEditor, responseEditor]);
  return null;
}
