// The language of the page: its texts by their English keys, and how one is said.

let texts: Record<string, string> = {};

/** The tag of the language that is shown. The service has chosen the first one by the browser's. */
export const language = () => document.documentElement.lang;

/** Shows another language from now on; what is shown already must be drawn again. */
export async function speak(tag: string): Promise<void> {
  texts = tag === "en" ? {} : await (await fetch(`/static/${tag}.json`)).json() as Record<string, string>;
  const root = document.documentElement;
  const link = links().find((one) => one.hreflang === tag);
  root.lang = tag;
  root.dir = link?.dir ?? "ltr";
  for (const one of links()) one.setAttribute("aria-current", String(one === link));
}

/** The text in this language, with the values in the places that it names. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  return (texts[text] ?? text).replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** A moment in words, to the minute. */
export const moment = (at: string) => new Date(at).toLocaleString(language() === "en" ? "en-GB" : language(), { dateStyle: "long", timeStyle: "short" });

/** Calls with the language that somebody chooses at the head of the page. */
export function whenChosen(then: (tag: string) => void): void {
  for (const one of links())
    one.addEventListener("click", (event) => {
      event.preventDefault();
      then(one.hreflang);
    });
}

const links = () => [...document.querySelectorAll<HTMLAnchorElement>(".languages a")];
