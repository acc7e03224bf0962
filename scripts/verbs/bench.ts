import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { home } from '../../pipeline/home';
import { messageOf } from '../../pipeline/user-error';
import { benchClientSide } from '../bench/client-side';
import { benchConfigRule, ruleBenchText } from '../bench/config-rule';
import { type BenchRow, benchLint } from '../bench/lint';
import { benchProcesses } from '../bench/processes';
import { benchTrail, trailBenchText } from '../bench/trail';
import { ensurePython } from '../local-account/python';
import type { VerbModule } from '../main';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command.action(async () => {
    const cfnLint = await ensurePython({ root: home(), log: host.progress }).then(
      (tools) => tools.cfnLint,
      (error: unknown) => void host.progress(`without cfn-lint: ${messageOf(error)}`),
    );
    const trail = benchTrail();
    const rows = [
      trail.row,
      ...benchLint(await templatesIn(home('cdk.out'))),
      ...benchProcesses(cfnLint),
      ...benchClientSide(),
    ];
    const rule = await benchConfigRule();
    host.document([...rows, trail.speed, rule]);
    host.print([...rows.map(line), trailBenchText(trail.speed), ruleBenchText(rule)].join('\n'));
    done(rows.every(holds) ? 0 : 1);
  });
};

const holds = ({ ratio, bar = Number.POSITIVE_INFINITY }: BenchRow): boolean => ratio <= bar;

function line(row: BenchRow): string {
  const { name, measured, baseline, unit, ratio, bar } = row;
  const sign = bar === undefined ? ' ' : holds(row) ? '✔' : '✖';
  const held = (bar === undefined ? '' : `(bar ${bar.toFixed(1)})`).padEnd(10);
  return `${sign} ${name.padEnd(50)} ${ratio.toFixed(2).padStart(6)} × ${held}   ${measured.toFixed(1)} ${unit} / ${baseline.toFixed(1)} ${unit}`;
}

/** The synthesized templates; none where nothing was synthesized yet. */
async function templatesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => name.endsWith('.template.json'))
    .map(({ parentPath, name }) => join(parentPath, name));
}
