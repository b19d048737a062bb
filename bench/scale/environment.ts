/** Where and what was measured. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { requiredVersion } from '../../test/cluster/control-plane/assets';
import { type MachineSpeed, machineSpeed } from './machine-speed';
import type { Options } from './options';

export interface Environment {
  at: string;
  commit: string;
  machine: { cpu: string; cores: number; memoryGb: number; linux: string; loadBefore: number; speed?: MachineSpeed };
  versions: Record<string, string>;
  settings: Record<string, unknown>;
}

export function environment(root: string, options: Options): Environment {
  const plane = join(root, 'test/cluster/control-plane');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { intervalSeconds, steps, windowSeconds, processes, core, contestants } = options;
  return {
    at: new Date().toISOString(),
    commit: commitOf(root),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      linux: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
      loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
      speed: machineSpeed(core),
    },
    versions: {
      serin: version,
      node: process.version,
      kubernetes: requiredVersion(join(plane, 'kubernetes'), 'k8s.io/kubernetes'),
      etcd: requiredVersion(join(plane, 'etcd'), 'go.etcd.io/etcd/server/v3'),
      kwok: requiredVersion(join(plane, 'kwok'), 'sigs.k8s.io/kwok'),
    },
    settings: {
      intervalSeconds,
      steps,
      windowSeconds,
      processes,
      ...(core !== undefined && { core }),
      // Paths of this machine say nothing elsewhere.
      commands: Object.fromEntries(
        contestants.map(({ name, command }) => [
          name,
          command.map((word) => word.replaceAll(`${root}/`, '')).join(' '),
        ]),
      ),
    },
  };
}

function commitOf(root: string): string {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'not in git';
  }
}
