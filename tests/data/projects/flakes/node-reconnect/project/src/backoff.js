import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds to wait before the next attempt; each differs a little, so that not all clients come back at once. */
export function delay(attempt, { base, most = 5000, random = Math.random }) {
  return Math.min(most, base * 2 ** attempt) * (0.5 + random());
}

/** Calls `action` until it succeeds; `failed` hears of every attempt that did not. Ends early when `signal` says so. */
export async function persistently(action, { base, signal, failed }) {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      failed(error);
      await sleep(delay(attempt, { base }), undefined, { signal });
    }
  }
}
