import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import type { Host } from '../host';
import type { Action } from './read';
import type { Snapshot, WatchView } from './watch';
import { actionLine, approveHint, conditionLine, mark, widest } from './words';

/** Log lines that stay on screen below an action of the live list. */
const LOG_LINES = 12;

/** Shows an execution as it goes: a live list on a terminal, a line for each change elsewhere. */
export function watchView(host: Host): WatchView {
  return host.interactive ? liveView(host) : plainView(host);
}

const keyOf = ({ stage, name }: Pick<Action, 'stage' | 'name'>): string => `${stage}/${name}`;

/** What is new in a snapshot besides its actions: conditions that were judged, approvals that wait. */
function createNews(host: Host): (snapshot: Snapshot) => readonly string[] {
  const told = new Set<string>();
  return ({ stages, approvals }) => {
    const lines = [
      ...stages.flatMap(({ name, conditions, closed }) => [
        ...(closed === undefined ? [] : [`${mark('Waiting', host.paint)} ${name} is closed: ${closed}`]),
        ...conditions.map((one) => `${mark(one.status, host.paint)} ${name} ${conditionLine(one)}`),
      ]),
      ...approvals.map(
        ({ stage, action }) =>
          `${mark('InProgress', host.paint)} ${stage}/${action} waits for a person: ${approveHint(stage, action)}`,
      ),
    ];
    const fresh = lines.filter((line) => !told.has(line));
    for (const line of fresh) told.add(line);
    return fresh;
  };
}

function plainView(host: Host): WatchView {
  const known = new Map<string, string>();
  const news = createNews(host);
  return {
    show: (snapshot, lines) => {
      const width = widest(snapshot.stages);
      for (const action of snapshot.stages.flatMap(({ actions }) => actions)) {
        const state = `${action.id} ${action.status}`;
        if (action.status === 'Waiting' || known.get(keyOf(action)) === state) continue;
        known.set(keyOf(action), state);
        host.progress(`${mark(action.status, host.paint)} ${actionLine(action, width, Date.now())}`);
      }
      for (const line of news(snapshot)) host.progress(line);
      for (const { action, text } of lines) host.progress(`  ${action.name} │ ${text}`);
    },
    note: host.progress,
    close: async () => undefined,
  };
}

/** One action of the live list. */
interface Row {
  action: Action;
  /** What is to be written below it. */
  lines: string[];
  draw?: (() => void) | undefined;
  /** Draws its last state. */
  end?: () => void;
  ended?: boolean;
}

function liveView(host: Host): WatchView {
  const rows = new Map<string, Row>();
  const news = createNews(host);
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  let width = 0;
  let drawn: Promise<unknown> | undefined;

  const task = (row: Row): ListrTask => ({
    title: row.action.name,
    rendererOptions: { outputBar: LOG_LINES, persistentOutput: true },
    task: async (_, line) => {
      row.draw = () => {
        line.title = actionLine(row.action, width, Date.now());
        for (const text of row.lines.splice(0)) line.output = text;
      };
      row.draw();
      if (!row.ended) {
        await new Promise<void>((resolve) => {
          row.end = resolve;
        });
      }
      row.draw();
      // A list that has ended would be drawn once more.
      row.draw = undefined;
      if (row.action.status === 'Waiting') line.skip();
      else if (row.action.status !== 'Succeeded') throw new Error(line.title);
    },
  });

  // One after the other on screen: a line that is drawn does not move any more.
  const start = () =>
    new Listr([...rows.values()].map(task), {
      rendererOptions: { collapseErrors: false, showErrorMessage: false, collapseSkips: false, logger },
      registerSignalListeners: false,
    })
      .run()
      .catch(() => undefined);

  const end = (row: Row) => {
    row.ended = true;
    row.end?.();
  };

  /** Below what is drawn now: the first action that has not ended. */
  const say = (lines: readonly string[]) => {
    const current = [...rows.values()].find(({ ended }) => !ended);
    current?.lines.push(...lines);
  };

  return {
    show: (snapshot, lines) => {
      width = widest(snapshot.stages);
      for (const action of snapshot.stages.flatMap(({ actions }) => actions)) {
        const row = rows.get(keyOf(action));
        if (row) row.action = action;
        else rows.set(keyOf(action), { action, lines: [] });
      }
      for (const { action, text } of lines) {
        const row = rows.get(keyOf(action));
        // The rules of a condition have no line of their own.
        if (row && !row.ended) row.lines = [...row.lines, text].slice(-LOG_LINES);
        else say([`${action.name} │ ${text}`]);
      }
      // What failed may be retried by a condition of its stage, so it is not over before the execution is.
      for (const row of rows.values()) if (row.action.status === 'Succeeded') end(row);
      say(news(snapshot));
      drawn ??= start();
      for (const row of rows.values()) row.draw?.();
    },
    note: (line) => {
      say([line]);
      for (const row of rows.values()) row.draw?.();
    },
    close: async () => {
      for (const row of rows.values()) end(row);
      await drawn;
    },
  };
}
