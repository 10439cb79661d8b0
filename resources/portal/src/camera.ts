// The live camera: started only after consent, stopped as soon as it is not shown.
import { el } from "./dom";
import { grab, liveHint } from "./picture";
import { T } from "./texts";

export class Camera {
  readonly video = el("video", { autoplay: true, playsinline: true, muted: true });
  private stream: MediaStream | null = null;
  private facing: "user" | "environment" = "user";
  private timer = 0;

  constructor(private readonly hint: HTMLElement) {}

  async start(): Promise<boolean> {
    this.stop();
    if (!navigator.mediaDevices) return false;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: this.facing, width: { ideal: 1600 }, height: { ideal: 1200 } } });
    } catch {
      return false;
    }
    this.video.muted = true;
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => undefined);
    this.timer = window.setInterval(() => {
      if (this.video.videoWidth) this.hint.textContent = T.hints[liveHint(this.video)]();
    }, 500);
    return true;
  }

  /** Whether there is another camera to turn to. */
  async several(): Promise<boolean> {
    return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput").length > 1;
  }

  turn(): Promise<boolean> {
    this.facing = this.facing === "user" ? "environment" : "user";
    return this.start();
  }

  grab(): Promise<Blob> {
    return grab(this.video);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }
}
