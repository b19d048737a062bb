import { Counter, Gauge, Registry } from 'prom-client';

/** Names come from clients; beyond this many they are counted together. */
const MAX_CANARIES = 1_000;

/** What the load tester tells Prometheus about its tasks (L7). */
export class TaskMetrics {
  readonly registry = new Registry();
  private readonly canaries = new Set<string>();
  private readonly tasks = new Counter({
    name: 'serin_loadtester_tasks_total',
    help: 'Tasks by how they ended',
    labelNames: ['canary', 'type', 'result'],
    registers: [this.registry],
  });
  private readonly requests = new Counter({
    name: 'serin_loadtester_requests_total',
    help: 'Generated requests by status, or by the reason why there is none',
    labelNames: ['canary', 'code'],
    registers: [this.registry],
  });
  private readonly running = new Gauge({
    name: 'serin_loadtester_tasks_running',
    help: 'Tasks that run now',
    registers: [this.registry],
  });

  task(canary: string, type: string, result: 'succeeded' | 'failed' | 'skipped' | 'refused'): void {
    this.tasks.inc({ canary: this.bounded(canary), type, result });
  }

  request(canary: string, code: string, count: number): void {
    this.requests.inc({ canary: this.bounded(canary), code }, count);
  }

  tasksRunning(count: number): void {
    this.running.set(count);
  }

  private bounded(canary: string): string {
    if (this.canaries.size < MAX_CANARIES) this.canaries.add(canary);
    return this.canaries.has(canary) ? canary : 'other';
  }
}
