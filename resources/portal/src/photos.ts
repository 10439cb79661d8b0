// Taking, judging and choosing photos.
import * as api from "./api";
import { Camera } from "./camera";
import { button, el, say, show } from "./dom";
import { prepare } from "./picture";
import { seal } from "./seal";
import { T } from "./texts";

const TYPES = "image/jpeg,image/png,image/webp"; // an explicit list makes iOS turn HEIC into JPEG; image/* would not
const MAX_FILE = 12 * 1024 * 1024;

interface Shot { photo: api.Photo; url: string | null }

export class PhotoStep {
  private readonly shots = new Map<number, Shot>();
  private camera: Camera | null = null;

  constructor(private readonly state: api.State, private readonly key: api.Key, private readonly done: (state: api.State) => void) {
    for (const photo of state.photos) this.shots.set(photo.slot, { photo, url: null });
  }

  next(): void {
    for (let slot = 1; slot <= this.state.photos_asked; slot++)
      if (!this.shots.has(slot)) return void this.take(slot);
    void this.choose();
  }

  /** Photos are judged beside each other, too: what was said of one may have changed since another came. */
  private async refresh(): Promise<void> {
    try {
      this.update((await api.state()).photos);
    } catch (error) {
      refused(error);
    }
  }

  /** Keeps what is said of the photos now: judged beside another one, or in another language. */
  update(photos: api.Photo[]): void {
    for (const photo of photos) {
      const shot = this.shots.get(photo.slot);
      if (shot && photo.state === "screened") shot.photo = photo;
    }
  }

  private async take(slot: number): Promise<void> {
    this.stop();
    const hint = el("p", { class: "hint", "aria-live": "polite" });
    const camera = (this.camera = new Camera(hint));
    const title = () => T.photoOf(slot, this.state.photos_asked);
    const help = () => el("p", { class: "soft" }, T.upload);
    const gallery = () => this.picker(slot, T.chooseFile, false);
    if (!(await camera.start())) {
      return show(() => ({ title: title(), body: [help(), el("p", { class: "note" }, T.cameraRefused)], actions: [this.picker(slot, T.selfie, true), gallery()] }));
    }
    const several = await camera.several();
    show(() => {
      camera.video.setAttribute("aria-label", T.take);
      const shutter = el("button", { class: "shutter", type: "button", "aria-label": T.take, click: () => void this.shoot(slot) });
      const frame = el("div", { class: "camera" }, camera.video, el("div", { class: "oval", "aria-hidden": "true" }), hint);
      const turn = several ? button(T.turnCamera, "round", () => camera.turn()) : el("span", { class: "round" });
      return { title: title(), body: [help(), frame], actions: [el("div", { class: "row" }, gallery(), shutter, turn)] };
    });
  }

  private picker(slot: number, label: string, capture: boolean): HTMLElement {
    const input = el("input", { type: "file", accept: TYPES, class: "hidden-input", "aria-label": label, ...(capture ? { capture: "user" } : {}) });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.send(slot, prepare(file));
    });
    return el("label", { class: capture ? "button primary" : "button" }, label, input);
  }

  private async shoot(slot: number): Promise<void> {
    const camera = this.camera;
    if (camera) await this.send(slot, camera.grab());
  }

  private async send(slot: number, picture: Promise<Blob>): Promise<void> {
    const blob = await picture;
    this.stop();
    say("");
    if (blob.size > MAX_FILE) {
      say(() => T.tooLarge);
      return this.take(slot);
    }
    const url = URL.createObjectURL(blob);
    const progress = el("p", { class: "hint", "aria-live": "polite" });
    let doing = () => T.sealing;
    show(() => {
      progress.textContent = doing();
      return { title: T.photoOf(slot, this.state.photos_asked), body: [el("div", { class: "camera" }, el("img", { src: url, alt: "" }), progress)] };
    });
    try {
      await api.upload(slot, this.key.version, await seal(this.key, slot, blob));
      doing = () => T.checking;
      progress.textContent = doing();
      this.shots.set(slot, { photo: await api.verdict(slot), url });
      this.judge(slot);
    } catch (error) {
      refused(error);
      await this.take(slot);
    }
  }

  private judge(slot: number): void {
    show(() => {
      const { photo, url } = this.shots.get(slot)!;
      const rejected = photo.outcome === "reject";
      const keep = button(rejected ? T.useAnyway : T.keep, rejected ? "button" : "button primary", () => this.next());
      const again = button(T.again(slot), rejected ? "button primary" : "button", () => this.take(slot));
      const picture = url ? framed(url, photo) : null;
      const body = [picture, el("p", { class: "verdict", role: "status" }, chip(photo), " ", photo.summary), checks(photo)];
      return { title: T.photoOf(slot, this.state.photos_asked), body, actions: rejected ? [again, keep] : [keep, again] };
    });
  }

  private async choose(): Promise<void> {
    await this.refresh();
    const ranked = [...this.shots.values()].sort((a, b) => rank(b.photo) - rank(a.photo));
    const suggested = ranked[0]!.photo.slot;
    let best = suggested;
    const card = (slot: number, shot: Shot) => {
      const radio = el("input", { type: "radio", name: "best", id: `best-${slot}`, change: () => (best = slot) });
      radio.checked = slot === best;
      const words = slot === suggested ? chip(shot.photo, T.bestPhoto) : chip(shot.photo);
      const links = el("span", { class: "links" },
        shot.url && el("a", { href: shot.url, download: `photo-${slot}.jpg` }, T.download),
        button(T.remove, "link", () => this.remove(slot), `${T.remove} ${slot}`));
      const picture = shot.url ? el("img", { src: shot.url, alt: T.photoOf(slot, this.state.photos_asked) }) : el("span", { class: "blank" }, T.sealed);
      const why = [shot.photo.best_because, shot.photo.summary].filter(Boolean).join(" ");
      return el("div", { class: "choice" }, radio, el("label", { for: `best-${slot}` }, picture, el("span", {}, words, " ", why)), links);
    };
    const worst = ranked[ranked.length - 1]!.photo;
    show(() => {
      const cards = [...this.shots.entries()].sort(([a], [b]) => a - b).map(([slot, shot]) => card(slot, shot));
      const again = worst.outcome === "reject" ? button(T.again(worst.slot), "button", () => this.take(worst.slot)) : null;
      const body = [el("p", { class: "soft" }, T.bestHelp), el("fieldset", { "aria-label": T.best }, ...cards)];
      return { title: T.best, body, actions: [button(T.submit, "button primary", () => this.submit(best)), again] };
    });
  }

  private async remove(slot: number): Promise<void> {
    try {
      await api.remove(slot);
      this.shots.delete(slot);
      this.next();
    } catch (error) {
      refused(error);
    }
  }

  private async submit(best: number): Promise<void> {
    try {
      this.done(await api.submit(best));
    } catch (error) {
      refused(error);
    }
  }

  /** Lets the camera go. */
  stop(): void {
    this.camera?.stop();
    this.camera = null;
  }
}

const refused = (error: unknown) => say(() => (error instanceof api.Refusal ? error.words() : (error as Error).message));

const rank = (photo: api.Photo) => ({ pass: 2, warn: 1, reject: 0 })[photo.outcome]! + photo.quality + (photo.best_because ? 0.001 : 0);

function chip(photo: api.Photo, label = ""): HTMLElement {
  const word = label || { pass: T.good, warn: T.usable, reject: T.takeAgain }[photo.outcome]!;
  return el("span", { class: `chip ${photo.outcome}` }, word);
}

function framed(url: string, photo: api.Photo): HTMLElement {
  const frame = el("div", { class: "framed" }, el("img", { src: url, alt: "" }));
  const shown = photo.findings.find((f) => f.outcome === "reject" && f.region) ?? photo.findings.find((f) => f.region);
  if (shown?.region) {
    const mark = el("span", { class: `mark ${shown.outcome}`, role: "img", "aria-label": shown.hint });
    for (const side of ["left", "top", "width", "height"] as const) mark.style[side] = `${shown.region[side] * 100}%`;
    frame.append(mark);
  }
  return frame;
}

function checks(photo: api.Photo): HTMLElement | null {
  if (!photo.findings.length) return null;
  const rows = photo.findings.map((f) =>
    el("li", { class: f.outcome }, el("span", {}, f.label), el("span", {}, [f.measured, f.limit].filter(Boolean).join(" / ")), f.hint ? el("small", {}, f.hint) : null));
  return el("details", {}, el("summary", {}, T.details), el("ul", { class: "checks" }, ...rows));
}
