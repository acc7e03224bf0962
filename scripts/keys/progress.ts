import type { UsageProgress } from '../../pipeline/keys/answer';
import type { Host } from '../host';

/** Shows how far a search is. */
export interface ProgressView {
  readonly show: (now: UsageProgress) => void;
  /** Takes the bar off the screen. */
  readonly close: () => void;
}

const WIDTH = 24;
/** Milliseconds between two drawings. */
const EVERY = 80;
/** Elsewhere than on a terminal: a line at each quarter. */
const STEPS = 4;

/** `resources   ██████░░░░  120 of 263, 143 left  …` */
export function progressLine({ source, done, total, what }: UsageProgress): string {
  const name = source.padEnd(11);
  if (total === undefined) return `${name} ${done > 0 ? `${done}  ` : ''}${what}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  return `${name} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}  ${done} of ${total}, ${Math.max(0, total - done)} left  ${what}`;
}

/** A bar that is drawn anew on a terminal, some lines elsewhere. */
export function progressView(host: Host, stderr: NodeJS.WriteStream = process.stderr): ProgressView {
  return host.interactive ? liveBar(stderr) : plainLines(host);
}

function liveBar(stderr: NodeJS.WriteStream): ProgressView {
  let drawn = 0;
  return {
    show: (now) => {
      const time = performance.now();
      if (time - drawn < EVERY && now.done !== now.total) return;
      drawn = time;
      stderr.write(`\r\u001b[2K${progressLine(now).slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`);
    },
    close: () => void stderr.write('\r\u001b[2K'),
  };
}

function plainLines({ progress }: Host): ProgressView {
  const told = new Map<string, number>();
  return {
    show: (now) => {
      const step = now.total ? Math.floor((STEPS * now.done) / now.total) : 0;
      if ((told.get(now.source) ?? -1) >= step) return;
      told.set(now.source, step);
      progress(progressLine(now));
    },
    close: () => undefined,
  };
}
