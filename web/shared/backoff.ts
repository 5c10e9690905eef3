/** How long to wait before the next try to connect. */

const FIRST_SECONDS = 0.5;
const MOST_SECONDS = 30;
const RESTART_SECONDS = 3;

/** Full jitter: anything up to a ceiling that doubles with each failure. `chance` is in [0, 1). */
export function waitSeconds(failures: number, chance: number): number {
  return chance * Math.min(MOST_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 10));
}

/** After a server's restart everybody comes back, so nobody comes at once. */
export function restartSeconds(chance: number): number {
  return chance * RESTART_SECONDS;
}
