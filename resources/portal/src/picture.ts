// Pictures on the device: turned upright, scaled down, freed of metadata (GPS among it), and judged roughly while the camera runs.

const MAX_SIDE = 1600;
const QUALITY = 0.92;
const PROBE = 96; // side of the small grey copy that the live hints are read from

export async function prepare(file: Blob): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // a format this browser cannot show (HEIC): the site decides
  }
  return toJpeg(bitmap, bitmap.width, bitmap.height);
}

export function grab(video: HTMLVideoElement): Promise<Blob> {
  return toJpeg(video, video.videoWidth, video.videoHeight);
}

async function toJpeg(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")!.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", QUALITY));
}

export type LiveHint = "dark" | "bright" | "blurred" | "good";

export function liveHint(video: HTMLVideoElement): LiveHint {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PROBE;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const side = Math.min(video.videoWidth, video.videoHeight);
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, PROBE, PROBE);
  const rgba = context.getImageData(0, 0, PROBE, PROBE).data;
  const grey = new Float32Array(PROBE * PROBE);
  for (let i = 0; i < grey.length; i++) grey[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
  const mean = grey.reduce((sum, g) => sum + g, 0) / grey.length;
  if (mean < 60) return "dark";
  if (mean > 215) return "bright";
  return laplacianVariance(grey) < 15 ? "blurred" : "good";
}

function laplacianVariance(grey: Float32Array): number {
  let sum = 0, squares = 0, count = 0;
  for (let y = 1; y < PROBE - 1; y++)
    for (let x = 1; x < PROBE - 1; x++) {
      const i = y * PROBE + x;
      const value = grey[i - 1]! + grey[i + 1]! + grey[i - PROBE]! + grey[i + PROBE]! - 4 * grey[i]!;
      sum += value;
      squares += value * value;
      count++;
    }
  return squares / count - (sum / count) ** 2;
}
