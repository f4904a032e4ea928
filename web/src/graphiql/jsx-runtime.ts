// React's JSX runtime for GraphiQL's packages only (web/vite.config.ts): shows their texts in French. GraphiQL has no
// setting for its language. The compiled packages create all their elements with these functions.
import type { ElementType, Key } from "react";
import * as react from "react/jsx-runtime";
import { LANGUAGE } from "../language";
import { FRENCH, FRENCH_PATTERNS } from "./french";

export { Fragment } from "react/jsx-runtime";

type Props = Record<string, unknown>;

const TEXTS = new Map(Object.entries(FRENCH));
const PROPS = ["children", "label", "aria-label", "placeholder"];
const PROPS_OF_TAGS = [...PROPS, "title"]; // GraphiQL's own components choose icons by `title`
const SHORTCUT = / \([\w-]+\)$/;

export const jsx = LANGUAGE === "fr" ? translating(react.jsx) : react.jsx;
export const jsxs = LANGUAGE === "fr" ? translating(react.jsxs) : react.jsxs;

function translating(create: typeof react.jsx): typeof react.jsx {
  return (type: ElementType, props: unknown, key?: Key) => create(type, translateProps(type, props as Props), key);
}

function translateProps(type: ElementType, props: Props): Props {
  const translated = { ...props };
  for (const name of typeof type === "string" ? PROPS_OF_TAGS : PROPS) {
    if (name in props) translated[name] = translate(props[name]);
  }
  return translated;
}

function translate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === "string" ? translateText(item) : item));
  return typeof value === "string" ? translateText(value) : value;
}

function translateText(english: string): string {
  const shortcut = SHORTCUT.exec(english)?.[0] ?? "";
  const french = TEXTS.get(english.slice(0, english.length - shortcut.length));
  if (french !== undefined) return french + shortcut;
  return FRENCH_PATTERNS.reduce((sentence, [pattern, replacement]) => sentence.replace(pattern, replacement), english);
}
