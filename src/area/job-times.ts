import type { Job } from '../wire';

const SECOND_MS = 1000;
const SECONDS_PER_MINUTE = 60;

/** How long a job took; null while it runs, or where its times cannot be read. */
export function durationMs(job: Pick<Job, 'begun' | 'ended'>): number | null {
  const duration = Date.parse(job.ended) - Date.parse(job.begun);
  return Number.isNaN(duration) ? null : Math.max(0, duration);
}

/** A duration in minutes and whole seconds; tenths where it is shorter than ten seconds. */
export function minutesAndSeconds(duration: number): { minutes: number; seconds: number } {
  const seconds = duration / SECOND_MS;
  if (seconds < 9.95) {
    return { minutes: 0, seconds: Math.round(seconds * 10) / 10 };
  }
  const whole = Math.round(seconds);
  return { minutes: Math.floor(whole / SECONDS_PER_MINUTE), seconds: whole % SECONDS_PER_MINUTE };
}

/** A size in the unit in which it is read best. */
export function readableSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : Number(size.toPrecision(2))} ${units[unit]}`;
}
