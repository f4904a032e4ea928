type Language = "fr" | "en";

/** The first language of the browser that is French or English; French without one, as in the API. */
export const LANGUAGE = choose(navigator.languages);

function choose(tags: readonly string[]): Language {
  const languages = tags.map((tag) => tag.toLowerCase().split("-")[0]);
  return languages.find((language): language is Language => language === "fr" || language === "en") ?? "fr";
}

/** The sentence in the language of the page. */
export function text(french: string, english: string): string {
  return LANGUAGE === "fr" ? french : english;
}
