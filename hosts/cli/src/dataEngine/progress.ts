import { notice, visible } from "../terminal.js";

/** How far a run over a folder is. */
export interface BatchProgress {
  /** Pictures of this run, without those that had their record before. */
  readonly total: number;
  /** Of these, the ones that are finished, failed ones included. */
  readonly finished: number;
  readonly failed: number;
  /** Since the first of them was begun. */
  readonly seconds: number;
  /** The picture that was finished last, or is being begun. */
  readonly picture: string;
}

/** One line: how many, how fast, how long still. */
export function progressText({ total, finished, failed, seconds, picture }: BatchProgress): string {
  const parts = [`${finished} of ${total} pictures${failed > 0 ? ` (${failed} failed)` : ""}`];
  if (finished > 0 && seconds > 0) {
    parts.push(rateText(finished / seconds));
    if (finished < total) parts.push(`${durationText((seconds / finished) * (total - finished))} left`);
  }
  return [...parts, picture].join(", ");
}

function rateText(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond.toFixed(1)} a second`;
  if (perSecond * 60 >= 1) return `${(perSecond * 60).toFixed(1)} a minute`;
  return `${(perSecond * 3600).toFixed(1)} an hour`;
}

/** "45 s", "12 min", "3 h 05 min", "2 d 04 h". */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

/**
 * Progress on standard error: where a person watches, one line that is redrawn; else a line at the begin, then one at
 * most every `everySeconds`.
 */
export function batchReporter(everySeconds = 10): { report: (progress: BatchProgress) => void; clear: () => void } {
  if (process.stderr.isTTY) {
    return {
      report: (progress) => void process.stderr.write(`\r\u001b[K${visible(progressText(progress))}`),
      clear: () => void process.stderr.write("\r\u001b[K"),
    };
  }
  let last = Number.NEGATIVE_INFINITY;
  return {
    report: (progress) => {
      const now = performance.now();
      if (now - last < everySeconds * 1000) return;
      last = now;
      notice(progressText(progress));
    },
    clear: () => {},
  };
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
