/** How fast the machine is just now: the same figures in two results tell what of a difference is the machine's. */
import { execFileSync } from 'node:child_process';

export interface MachineSpeed {
  /** CPU of an idle Node process that a timer wakes and that finds nothing to do, microseconds. */
  wakeUpUs: number;
  /** CPU of a fixed piece of JavaScript (JSON read and written) that runs all the time, microseconds. */
  busyUs: number;
  /** The same piece when the process slept before, with its wake-up, microseconds. */
  wokenUs: number;
}

/** Runs in a process of its own: nothing of the bench is in its caches or on its event loop. */
const PROBE = `
  const piece = JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ name: 'canary-' + index, weight: index })));
  const work = () => JSON.stringify(JSON.parse(piece)).length;
  const nothing = () => 0;
  const sleep = () => new Promise((resolve) => setTimeout(resolve, 20));
  async function cpuUs(times, task, pause) {
    const before = process.cpuUsage();
    for (let index = 0; index < times; index++) {
      task();
      if (pause) await sleep();
    }
    const { user, system } = process.cpuUsage(before);
    return Math.round((user + system) / times);
  }
  (async () => {
    for (let index = 0; index < 5000; index++) work();
    const busyUs = await cpuUs(2000, work, false);
    const wakeUpUs = await cpuUs(100, nothing, true);
    const wokenUs = await cpuUs(100, work, true);
    process.stdout.write(JSON.stringify({ wakeUpUs, busyUs, wokenUs }));
  })();
`;

/** Takes some five seconds. @param core the one to measure on; absent: any */
export function machineSpeed(core: number | undefined): MachineSpeed {
  const node = [process.execPath, '-e', PROBE];
  const [command = '', ...args] = core === undefined ? node : ['taskset', '-c', String(core), ...node];
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as MachineSpeed;
}
