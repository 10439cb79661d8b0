// The page's way: link → consent → second check → photos → best photo → submit → result.
import * as api from "./api";
import { button, el, say, show } from "./dom";
import { PhotoStep } from "./photos";
import { whenTouched } from "./presence";
import { T } from "./texts";

const POLL_MS = 1000;
let step: PhotoStep | null = null;
let polling = 0;
let language = ""; // of the consent text, once it was shown

function token(): string {
  const path = decodeURIComponent(location.pathname);
  if (path.startsWith("/me/")) return path.slice(4);
  return path.startsWith("/e/") ? path.slice(3) : path.startsWith("/e#") ? path.slice(3) : location.hash.slice(1);
}

async function start(): Promise<void> {
  if (location.pathname === "/") return askCode();
  show(T.loading, []);
  const fromLink = token();
  try {
    const state = fromLink ? await api.exchange(fromLink) : await api.state();
    history.replaceState(null, "", api.base);
    render(state);
    if (fromLink && !state.personal) whenTouched(() => void api.seen().catch(() => undefined));
  } catch (error) {
    if (fromLink && (error as api.Refusal).code === "offline") {
      show(T.invalidTitle, [el("p", {}, (error as Error).message)], [button(T.continue, "button primary", start)]);
    } else {
      show(T.invalidTitle, [el("p", {}, (error as Error).message)]);
    }
  }
}

function render(state: api.State): void {
  say("");
  offerWithdrawal(state);
  if (state.personal) return personal(state);
  if (state.texts.length) return askConsent(state);
  if (state.needs_check) return askCheck(api.check);
  if (state.key) {
    step = new PhotoStep(state, state.key, render);
    step.next();
    if (state.status === "rejected_auto") say(T.failed);
    if (state.status === "rejected") say(T.rejected(state.remark));
    return;
  }
  result(state);
}

/** The page of a person's own link: it is there whatever the enrolment's status is. */
function personal(state: api.State): void {
  if (state.texts.length) {
    const changed = state.about === "finger" ? T.changedFingers : T.changed;
    return askConsent(state, changed(state.site, state.answer_by));
  }
  const { agreed, agreed_fingers: fingers, opted_out: out, site } = state;
  const choose = () => afterCheck(state, () => api.ask(!out));
  show(T.ownTitle(state.first_name), [
    el("p", {}, agreed ? T.agreed(site) : fingers ? T.noFace(site) : T.usesNumber(site)),
    !!fingers && el("p", {}, T.mayUseFingers(site)),
    (agreed || !!fingers) && el("p", {}, T.endAnyTime),
    !agreed && el("p", { role: "status" }, out ? T.notAsked : T.mayBeAsked),
  ], [...withdrawals(state, "button"), !agreed && button(out ? T.askMe : T.askNoMore, "button", choose)]);
}

/** Does what needs the second check, after it. */
function afterCheck(state: api.State, act: () => Promise<api.State>): void {
  if (state.checked) void attempt(act);
  else askCheck((answer) => api.check(answer).then(act));
}

function askConsent(state: api.State, why = ""): void {
  let text = startText(state.texts);
  const fingers = state.about === "finger";
  const agreed = fingers ? state.agreed_fingers : state.agreed;
  const answer = (agree: boolean) => {
    const { digest } = text;
    const given = () => api.consent(agree, digest);
    if (state.personal) afterCheck(state, given);
    else void attempt(given);
  };
  const yes = el("button", { class: "button primary", type: "button", click: () => answer(true) });
  const no = el("button", { class: "button", type: "button", click: () => (agreed ? askWithdrawal(state, fingers) : answer(false)) });
  const intro = el("p"), cards = el("div"), version = el("span");
  const read = (chosen: api.Text) => {
    text = chosen;
    language = chosen.language;
    for (const part of [intro, cards, yes, no]) part.lang = chosen.language;
    intro.textContent = chosen.intro;
    const purposes = el("section", { class: "card" }, el("h2", {}, chosen.why), el("ul", {}, ...chosen.purposes.map((line) => el("li", {}, line))));
    const sections = chosen.paragraphs.map(([heading, body]) => el("section", { class: "card" }, el("h2", {}, heading), el("p", {}, body)));
    cards.replaceChildren(...(fingers ? [] : [purposes]), ...sections);
    yes.textContent = why ? chosen.agree : chosen.start;
    no.textContent = chosen.decline;
    version.textContent = ` · v${chosen.version}`;
  };
  read(text);
  const links = el("p", { class: "soft" }, el("a", { href: "/privacy" }, T.privacy), " · ", el("a", { href: "/security" }, T.security), version);
  show(why ? T.changedTitle : T.before(state.first_name), [!!why && el("p", {}, why), languages(state.texts, text, read), intro, cards, links], [yes, no]);
}

/** The text in the language that was chosen here, or else in the first of the browser's that there is. */
function startText(texts: api.Text[]): api.Text {
  const inScriptOf = (tag: string) => texts.find((text) => script(text.language) === script(tag));
  return [language, ...navigator.languages].map(inScriptOf).find(Boolean) ?? texts[0]!;
}

/** zh-CN and zh-SG are read in the same script as zh-Hans, zh-TW is not. */
function script(tag: string): string {
  try {
    const locale = new Intl.Locale(tag).maximize();
    return `${locale.language}-${locale.script}`;
  } catch {
    return ""; // some systems name languages that are no tags, such as en_US@posix
  }
}

function languages(texts: api.Text[], shown: api.Text, read: (text: api.Text) => void): HTMLElement {
  const choices = texts.map((text) => el("label", { lang: text.language },
    el("input", { type: "radio", name: "language", value: text.language, checked: text === shown, change: () => read(text) }), text.name));
  return el("fieldset", { class: "languages" }, el("legend", { class: "soft" }, T.language), ...choices);
}

/** A button for each consent that can be withdrawn. */
function withdrawals(state: api.State, kind: string): HTMLButtonElement[] {
  const face = state.agreed ? [button(state.agreed_fingers ? T.withdrawFace : T.withdraw, kind, () => askWithdrawal(state, false))] : [];
  const fingers = state.agreed_fingers ? [button(T.withdrawFingers, kind, () => askWithdrawal(state, true))] : [];
  return [...face, ...fingers];
}

/** Under every step of somebody who has agreed; the page of their own link shows it among its buttons. */
function offerWithdrawal(state: api.State): void {
  const offer = document.getElementById("withdrawal")!;
  const offered = state.personal && !state.texts.length ? [] : withdrawals(state, "link");
  offer.replaceChildren(...offered);
  offer.hidden = !offered.length;
}

function askWithdrawal(state: api.State, fingers: boolean): void {
  step?.stop();
  window.clearTimeout(polling);
  document.getElementById("withdrawal")!.hidden = true;
  const withdraw = () => afterCheck(state, fingers ? api.withdrawFingers : api.withdraw);
  const what = fingers ? T.withdrawFingersText : T.withdrawText;
  show(T.withdrawTitle, [el("p", {}, what(state.site)), el("p", {}, T.withdrawAfter)],
    [button(T.withdraw, "button primary", withdraw), button(T.keepConsent, "button", () => attempt(api.state))]);
}

function askCheck(answered: (answer: string) => Promise<api.State>): void {
  const input = el("input", { id: "answer", autocomplete: "off", maxlength: "8", autocapitalize: "none" });
  const form = el("form", { submit: (event) => { event.preventDefault(); void attempt(() => answered(input.value)); } },
    el("p", {}, T.check), el("label", { for: "answer" }, T.checkLabel), input,
    el("button", { class: "button primary", type: "submit" }, T.continue));
  show(T.checkTitle, [form]);
  input.focus();
}

/** The first page: whoever has no link at hand types the code that the desk has given them. */
function askCode(): void {
  const input = el("input", { id: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "20" });
  const open = async () => {
    const state = await api.useCode(input.value);
    history.replaceState(null, "", api.base);
    return state;
  };
  const form = el("form", { submit: (event) => { event.preventDefault(); void attempt(open); } },
    el("p", {}, T.code), el("label", { for: "code" }, T.codeLabel), input,
    el("button", { class: "button primary", type: "submit" }, T.continue));
  show(T.codeTitle, [form]);
  input.focus();
}

async function attempt(work: () => Promise<api.State>): Promise<void> {
  try {
    render(await work());
  } catch (error) {
    const refusal = error as api.Refusal;
    if (refusal.code === "link_invalid") show(T.invalidTitle, [el("p", {}, refusal.message)]);
    else say(refusal.message);
  }
}

function result(state: api.State): void {
  switch (state.status) {
    case "submitted":
    case "screening":
      show(T.processingTitle, [el("p", { role: "status" }, T.processing), el("div", { class: "spinner", "aria-hidden": "true" })]);
      polling = window.setTimeout(() => void attempt(api.state), POLL_MS);
      return;
    case "pending_approval": return show(T.pendingTitle, [el("p", {}, T.pending(state.site))]);
    case "needs_help": return show(T.helpTitle, [el("p", {}, T.help(state.site))]);
    case "withdrawn": return show(T.withdrawnTitle, [el("p", {}, T.withdrawn(state.site))]);
    case "declined": return show(T.declinedTitle, [el("p", {}, T.declined)]);
    case "approved":
    case "pushed":
    case "in_use": return show(T.done, [el("p", {}, T.reach[state.reach ?? "soon"](state.site))]);
    default: return show(T.pendingTitle, [el("p", {}, T.closed)]);
  }
}

void start();
