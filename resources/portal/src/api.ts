// The portal's calls. Every answer is JSON; every refusal carries a sentence for the person, in the language of the page.
import { language } from "./language";
import { T } from "./texts";

export interface Region { left: number; top: number; width: number; height: number }
export interface Finding { gate: string; outcome: string; label: string; measured: string; limit: string; hint: string; region: Region | null }
export interface Photo { slot: number; state: string; outcome: string; quality: number; summary: string; findings: Finding[]; best_because: string }
export interface Text { language: string; name: string; digest: string; version: number; intro: string; paragraphs: [string, string][]; agree: string; start: string; decline: string; why: string; purposes: string[] }
export interface Key { version: number; public: string; bind: string }
export type Modality = "face" | "finger" | "";
export type Reach = "terminals" | "soon" | "kiosks" | "nowhere";
export interface State {
  language: string; first_name: string; site: string; status: string; remark: string; needs_check: boolean;
  agreed: boolean; agreed_fingers?: boolean; checked: boolean; personal?: boolean; opted_out?: boolean; answer_by?: string | null; reach: Reach | null; photos_asked: number; texts: Text[]; about?: Modality; key: Key | null; photos: Photo[];
}

export class Refusal extends Error {
  constructor(readonly code: string, message = "") { super(message); }

  /** What to tell the person; in another language, too, where it is the page that says it. */
  words(): string {
    const own: Record<string, string> = { offline: T.offline, internal: T.internal, link_invalid: T.linkInvalid };
    return own[this.code] ?? this.message;
  }
}

async function call<T>(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { method, body, headers: { "X-Muster-Portal": "1", "Accept-Language": language(), ...headers }, credentials: "same-origin" });
  } catch {
    throw new Refusal("offline");
  }
  const json: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    const refusal = json as { code?: string; message?: string } | null;
    throw new Refusal(refusal?.code ?? "internal", refusal?.message);
  }
  return json as T;
}

/** Where the page's calls go: to the link of an invitation, or to a person's own. */
export const base = location.pathname.startsWith("/me") ? "/me" : "/e";

const post = <T>(path: string, body: object) => call<T>("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });

export const exchange = (token: string) => post<State>(`${base}/session`, { token });
export const useCode = (code: string) => post<State>("/e/code", { code });
export const speaks = (tag: string) => post<State>(`${base}/language`, { language: tag });
export const seen = () => post<State>("/e/seen", {});
export const state = () => call<State>("GET", `${base}/state`);
export const consent = (agree: boolean, digest: string) => post<State>(`${base}/consent`, { agree, digest });
export const withdraw = () => post<State>(`${base}/withdraw`, {});
export const withdrawFingers = () => post<State>("/me/withdraw-fingers", {});
export const check = (answer: string) => post<State>(`${base}/check`, { answer });
export const ask = (noMore: boolean) => post<State>("/me/ask", { no_more: noMore });
export const remove = (slot: number) => call<State>("DELETE", `/e/photos/${slot}`);
export const submit = (best: number) => post<State>("/e/submit", { best });
export const upload = (slot: number, version: number, sealed: Uint8Array<ArrayBuffer>) =>
  call<Photo>("PUT", `/e/photos/${slot}`, sealed, { "Content-Type": "application/octet-stream", "X-Muster-Key": String(version) });

export async function verdict(slot: number): Promise<Photo> {
  for (;;) {
    const photo = await call<Photo>("GET", `/e/photos/${slot}`);
    if (photo.state === "screened") return photo;
  }
}
