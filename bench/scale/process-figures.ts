/** What a process costs, as the kernel counts it. */
import { readFileSync } from 'node:fs';

/** Milliseconds of one clock tick of /proc (USER_HZ is 100 on every Linux that Node runs on). */
const TICK_MS = 10;

/** CPU time of a process since it began, in milliseconds, in steps of 10. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory in MB (10^6 bytes): now, and at its highest since the process began. */
export function memoryMb(pid: number): { resident: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string) =>
    Math.round((Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6);
  return { resident: mb('VmRSS'), peak: mb('VmHWM') };
}

/** CPU times of several processes between two moments. */
export class CpuMeter {
  private readonly before: Map<string, number>;

  constructor(private readonly pids: Readonly<Record<string, number>>) {
    this.before = new Map(Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)]));
  }

  /** Milliseconds since the meter began, by name. */
  read(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.pids).map(([name, pid]) => [name, cpuMs(pid) - (this.before.get(name) ?? 0)]),
    );
  }
}
