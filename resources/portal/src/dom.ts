// Building the page: elements, one view at a time, focus on its heading so that screen readers follow.

type Child = Node | string | null | false;
type Props = Record<string, string | boolean | ((event: Event) => void)>;

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

export function show(title: string, body: Child[], actions: Child[] = []): void {
  const heading = el("h1", { tabindex: "-1" }, title);
  root().replaceChildren(el("div", { class: "body" }, heading, ...body), el("div", { class: "actions" }, ...actions));
  document.title = title;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

export function say(message: string): void {
  const box = document.getElementById("message")!;
  box.textContent = message;
  box.hidden = !message;
}
