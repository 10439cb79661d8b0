// Photos are sealed here, to the site's key, before they leave the device (HPKE, RFC 9180, one shot: enc ‖ ct).
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { Key } from "./api";

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const CONTEXT = "muster photo v1"; // console/store/vault.py builds the same info

export async function seal(key: Key, slot: number, photo: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const point = Uint8Array.from(atob(key.public), (c) => c.charCodeAt(0));
  const recipientPublicKey = await suite.kem.deserializePublicKey(point.buffer);
  const info = new TextEncoder().encode(`${CONTEXT}|${key.bind}|${slot}`).buffer;
  const sender = await suite.createSenderContext({ recipientPublicKey, info });
  const ct = new Uint8Array(await sender.seal(await photo.arrayBuffer()));
  const enc = new Uint8Array(sender.enc);
  const sealed = new Uint8Array(enc.length + ct.length);
  sealed.set(enc);
  sealed.set(ct, enc.length);
  return sealed;
}
