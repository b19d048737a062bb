/** The simulator over many seeds: no promise is broken, and every mishap was met in every phase. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Report } from '../../simulation/command';

const ROOT = join(__dirname, '../..');
/** CI plays 2,000, which takes minutes; `npm run simulate -- --seeds 1000000` is the nightly run. */
const SEEDS = Number(process.env['SERIN_SIMULATION_SEEDS'] ?? (process.env['CI'] ? 2000 : 100));
const FIRST = Number(process.env['SERIN_SIMULATION_FROM'] ?? 1);

test(`${SEEDS} seeds break no promise, and each mishap was met in each phase`, () => {
  const args = ['scripts/simulate.mjs', '--seeds', String(SEEDS), '--from', String(FIRST), '--json'];
  const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(done.stderr).toBe('');
  const report = JSON.parse(done.stdout) as Report;
  console.log(report.table);
  expect(report.failed).toEqual([]);
  expect(report.seeds).toBe(SEEDS);
  if (SEEDS >= 2000) expect(report.missing).toEqual([]);
}, 1_200_000);
