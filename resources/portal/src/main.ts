// The page's way: link → consent → second check → photos → best photo → submit → result.
import * as api from "./api";
import { button, el, redraw, say, show } from "./dom";
import { language, speak, whenChosen } from "./language";
import { PhotoStep } from "./photos";
import { whenTouched } from "./presence";
import { T } from "./texts";

const POLL_MS = 1000;
let step: PhotoStep | null = null;
let polling = 0;
let shown: api.State | null = null;
let chosen = ""; // the language, by hand
let opened = false; // there is a session that can remember it

function token(): string {
  const path = decodeURIComponent(location.pathname);
  if (path.startsWith("/me/")) return path.slice(4);
  return path.startsWith("/e/") ? path.slice(3) : path.startsWith("/e#") ? path.slice(3) : location.hash.slice(1);
}

async function start(): Promise<void> {
  whenChosen((tag) => void choose(tag));
  await speak(language()).catch(() => undefined);
  if (location.pathname === "/") return askCode();
  await open();
}

async function open(): Promise<void> {
  show(() => ({ title: T.loading, body: [] }));
  const fromLink = token();
  try {
    const state = fromLink ? await api.exchange(fromLink) : await api.state();
    history.replaceState(null, "", api.base);
    await begin(state);
    if (fromLink && !state.personal) whenTouched(() => void api.seen().catch(() => undefined));
  } catch (error) {
    invalid(error as api.Refusal, !!fromLink);
  }
}

function invalid(refusal: api.Refusal, again = false): void {
  show(() => ({
    title: T.invalidTitle, body: [el("p", {}, refusal.words())],
    actions: [again && refusal.code === "offline" && button(T.continue, "button primary", open)],
  }));
}

/** The first state of a session: the person's language is known from here on. */
async function begin(state: api.State): Promise<void> {
  opened = true;
  if (chosen) return choose(chosen, true);
  if (!state.language || state.language === language()) return render(state);
  await translate(state.language);
  render(await api.state());
}

async function choose(tag: string, first = false): Promise<void> {
  try {
    await translate(tag);
    chosen = tag;
    const state = opened ? await api.speaks(tag) : null;
    if (state && first) return render(state);
    if (state) step?.update(state.photos);
    redraw();
  } catch (error) {
    say(() => (error instanceof api.Refusal ? error.words() : T.offline));
  }
}

/** Another language for everything that stands on the page at all times. */
async function translate(tag: string): Promise<void> {
  await speak(tag);
  document.querySelector("header .title")!.textContent = api.base === "/me" ? T.own : T.enrolment;
  document.querySelector(".languages")!.setAttribute("aria-label", T.language);
  offerWithdrawal();
}

function render(state: api.State): void {
  say("");
  shown = state;
  offerWithdrawal();
  if (state.personal) return personal(state);
  if (state.texts.length) return askConsent(state);
  if (state.needs_check) return askCheck(api.check);
  if (state.key) {
    step = new PhotoStep(state, state.key, render);
    step.next();
    if (state.status === "rejected_auto") say(() => T.failed);
    if (state.status === "rejected") say(() => T.rejected(state.remark));
    return;
  }
  result(state);
}

/** The page of a person's own link: it is there whatever the enrolment's status is. */
function personal(state: api.State): void {
  if (state.texts.length) {
    const changed = state.about === "finger" ? T.changedFingers : T.changed;
    return askConsent(state, () => changed(state.site, state.answer_by));
  }
  const { agreed, agreed_fingers: fingers, opted_out: out, site } = state;
  const ask = () => afterCheck(state, () => api.ask(!out));
  show(() => ({
    title: T.ownTitle(state.first_name),
    body: [
      el("p", {}, agreed ? T.agreed(site) : fingers ? T.noFace(site) : T.usesNumber(site)),
      !!fingers && el("p", {}, T.mayUseFingers(site)),
      (agreed || !!fingers) && el("p", {}, T.endAnyTime),
      !agreed && el("p", { role: "status" }, out ? T.notAsked : T.mayBeAsked),
    ],
    actions: [...withdrawals(state, "button"), !agreed && button(out ? T.askMe : T.askNoMore, "button", ask)],
  }));
}

/** Does what needs the second check, after it. */
function afterCheck(state: api.State, act: () => Promise<api.State>): void {
  if (state.checked) void attempt(act);
  else askCheck((answer) => api.check(answer).then(act));
}

/** why: what has changed since they agreed; they are asked for the first time without it. */
function askConsent(state: api.State, why?: () => string): void {
  const fingers = state.about === "finger";
  const agreed = fingers ? state.agreed_fingers : state.agreed;
  const answer = (agree: boolean, digest: string) => {
    const given = () => api.consent(agree, digest);
    if (state.personal) afterCheck(state, given);
    else void attempt(given);
  };
  show(() => {
    const text = state.texts.find((one) => one.language === language()) ?? state.texts[0]!;
    const lang = text.language;
    const purposes = el("section", { class: "card", lang }, el("h2", {}, text.why), el("ul", {}, ...text.purposes.map((line) => el("li", {}, line))));
    const sections = text.paragraphs.map(([heading, body]) => el("section", { class: "card", lang }, el("h2", {}, heading), el("p", {}, body)));
    const more = el("p", { class: "soft" }, page("/privacy", T.privacy), " · ", page("/security", T.security), " · ", page("/guidelines", T.guidelines), ` · v${text.version}`);
    const no = () => (agreed ? askWithdrawal(state, fingers) : answer(false, text.digest));
    return {
      title: why ? T.changedTitle : T.before(state.first_name),
      body: [!!why && el("p", {}, why()), el("p", { lang }, text.intro), ...(fingers ? [] : [purposes]), ...sections, more],
      actions: [button(why ? text.agree : text.start, "button primary", () => answer(true, text.digest)), button(text.decline, "button", no)],
    };
  });
}

const page = (path: string, name: string) => el("a", { href: `${path}?language=${language()}` }, name);

/** A button for each consent that can be withdrawn. */
function withdrawals(state: api.State, kind: string): HTMLButtonElement[] {
  const face = state.agreed ? [button(state.agreed_fingers ? T.withdrawFace : T.withdraw, kind, () => askWithdrawal(state, false))] : [];
  const fingers = state.agreed_fingers ? [button(T.withdrawFingers, kind, () => askWithdrawal(state, true))] : [];
  return [...face, ...fingers];
}

/** Under every step of somebody who has agreed; the page of their own link shows it among its buttons. */
function offerWithdrawal(): void {
  const offer = document.getElementById("withdrawal")!;
  const offered = !shown || (shown.personal && !shown.texts.length) ? [] : withdrawals(shown, "link");
  offer.replaceChildren(...offered);
  offer.hidden = !offered.length;
}

function askWithdrawal(state: api.State, fingers: boolean): void {
  step?.stop();
  say("");
  window.clearTimeout(polling);
  document.getElementById("withdrawal")!.hidden = true;
  const withdraw = () => afterCheck(state, fingers ? api.withdrawFingers : api.withdraw);
  const what = fingers ? T.withdrawFingersText : T.withdrawText;
  show(() => ({
    title: T.withdrawTitle, body: [el("p", {}, what(state.site)), el("p", {}, T.withdrawAfter)],
    actions: [button(T.withdraw, "button primary", withdraw), button(T.keepConsent, "button", () => attempt(api.state))],
  }));
}

function askCheck(answered: (answer: string) => Promise<api.State>): void {
  const input = el("input", { id: "answer", autocomplete: "off", maxlength: "8", autocapitalize: "none" });
  ask(input, () => [T.checkTitle, T.check, T.checkLabel], () => attempt(() => answered(input.value)));
}

/** The first page: whoever has no link at hand types the code that the desk has given them. */
function askCode(): void {
  const input = el("input", { id: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "20" });
  ask(input, () => [T.codeTitle, T.code, T.codeLabel], async () => {
    try {
      const state = await api.useCode(input.value);
      history.replaceState(null, "", api.base);
      await begin(state);
    } catch (error) {
      refuse(error as api.Refusal);
    }
  });
}

/** A field with its title, what it is for, and its label. */
function ask(input: HTMLInputElement, words: () => [string, string, string], act: () => unknown): void {
  show(() => {
    const [title, help, label] = words();
    const form = el("form", { submit: (event) => { event.preventDefault(); void act(); } },
      el("p", {}, help), el("label", { for: input.id }, label), input,
      el("button", { class: "button primary", type: "submit" }, T.continue));
    return { title, body: [form] };
  });
  input.focus();
}

async function attempt(work: () => Promise<api.State>): Promise<void> {
  try {
    render(await work());
  } catch (error) {
    refuse(error as api.Refusal);
  }
}

function refuse(refusal: api.Refusal): void {
  if (refusal.code === "link_invalid") invalid(refusal);
  else say(() => refusal.words());
}

function result(state: api.State): void {
  const tell = (title: () => string, text: () => string) => show(() => ({ title: title(), body: [el("p", {}, text())] }));
  const { site } = state;
  switch (state.status) {
    case "submitted":
    case "screening":
      show(() => ({ title: T.processingTitle, body: [el("p", { role: "status" }, T.processing), el("div", { class: "spinner", "aria-hidden": "true" })] }));
      polling = window.setTimeout(() => void attempt(api.state), POLL_MS);
      return;
    case "pending_approval": return tell(() => T.pendingTitle, () => T.pending(site));
    case "needs_help": return tell(() => T.helpTitle, () => T.help(site));
    case "withdrawn": return tell(() => T.withdrawnTitle, () => T.withdrawn(site));
    case "declined": return tell(() => T.declinedTitle, () => T.declined);
    case "approved":
    case "pushed":
    case "in_use": return tell(() => T.done, () => T.reach[state.reach ?? "soon"](site));
    default: return tell(() => T.pendingTitle, () => T.closed);
  }
}

void start();
