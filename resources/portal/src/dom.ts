// Building the page: elements, one view at a time, focus on its heading so that screen readers follow.

type Child = Node | string | null | false;
type Props = Record<string, string | boolean | ((event: Event) => void)>;
export interface View { title: string; body: Child[]; actions?: Child[] }

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return node;
}

export function button(label: string, kind: string, act: () => unknown, name = label): HTMLButtonElement {
  return el("button", { class: kind, type: "button", "aria-label": name, click: () => void act() }, label);
}

const root = () => document.getElementById("app")!;
let drawn: () => View = () => ({ title: document.title, body: [] });
let said: () => string = () => "";

/** Shows a view. It is drawn again when the language changes: what it says is asked for anew. */
export function show(view: () => View): void {
  drawn = view;
  const heading = draw();
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** The same view, in the language that is spoken now. */
export function redraw(): void {
  draw();
  say(said);
}

function draw(): HTMLElement {
  const { title, body, actions = [] } = drawn();
  const heading = el("h1", { tabindex: "-1" }, title);
  root().replaceChildren(el("div", { class: "body" }, heading, ...body), el("div", { class: "actions" }, ...actions));
  document.title = title;
  return heading;
}

export function say(message: string | (() => string)): void {
  said = typeof message === "string" ? () => message : message;
  const box = document.getElementById("message")!;
  box.textContent = said();
  box.hidden = !said();
}
