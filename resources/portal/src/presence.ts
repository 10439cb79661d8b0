// Tells a person from the programs that scan emails: these open pages, run them, and click at once.

/** As `LOOKING` in the service, which goes by its own clock. */
const LOOKING_MS = 5000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchmove"];

/** Calls once, when somebody touches the page, types or scrolls after it was there for a while. */
export function whenTouched(then: () => void): void {
  const came = Date.now();
  const heard = (event: Event): void => {
    if (!event.isTrusted || document.visibilityState !== "visible" || Date.now() - came < LOOKING_MS) return;
    for (const sign of SIGNS) document.removeEventListener(sign, heard, true);
    then();
  };
  for (const sign of SIGNS) document.addEventListener(sign, heard, { capture: true, passive: true });
}
