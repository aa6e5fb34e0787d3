import type { Caller } from '../caller.ts';

const REDRAW_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

/** Shows progress on the last line of stderr if that is a terminal, and otherwise nothing. */
export class ProgressLine {
  readonly #out: Caller['stderr'];
  #label = '';
  #bytesDone = 0;
  #bytesTotal = 0;
  #began = 0;
  #isShown = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Caller['stderr']) {
    this.#out = out;
  }

  /** @param label such as `verifying` */
  begin(label: string, bytesTotal: number): void {
    if (this.#out.isTTY !== true) return;
    this.#label = label;
    this.#bytesDone = 0;
    this.#bytesTotal = bytesTotal;
    this.#began = performance.now();
    this.#timer ??= setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  /** Shows the given line, for progress that isn't counted in bytes. */
  show(text: string): void {
    if (this.#out.isTTY !== true) return;
    this.#isShown = true;
    this.#out.write(`${CLEAR_LINE}${text}`);
  }

  readonly at = (bytesDone: number): void => {
    this.#bytesDone = bytesDone;
  };

  /** Clears the line for other output; the next update draws it again. */
  clear(): void {
    if (this.#timer !== undefined || this.#isShown) this.#out.write(CLEAR_LINE);
    this.#isShown = false;
  }

  end(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #draw(): void {
    const elapsedMs = performance.now() - this.#began;
    this.#out.write(`${CLEAR_LINE}${progressText(this.#label, this.#bytesDone, this.#bytesTotal, elapsedMs)}`);
  }
}

/** `verifying: 45 %, 120 MB of 267 MB, 98 MB/s, 2 s left` */
export function progressText(label: string, bytesDone: number, bytesTotal: number, elapsedMs: number): string {
  const total = Math.max(bytesTotal, bytesDone);
  const parts = [
    `${total === 0 ? 0 : Math.floor((100 * bytesDone) / total)} %`,
    `${size(bytesDone)} of ${size(total)}`,
  ];
  const perSecond = elapsedMs <= 0 ? 0 : (1000 * bytesDone) / elapsedMs;
  if (perSecond > 0) parts.push(`${size(perSecond)}/s`, `${duration((total - bytesDone) / perSecond)} left`);
  return `${label}: ${parts.join(', ')}`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes with three digits: `69.6 kB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `42 s`, `3 min`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
