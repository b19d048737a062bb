/** Follows all Canaries by one watch, as anybody may, and notes when each moved. */
import type { ClientRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { until } from '../../test/cluster/control-plane/daemon';
import type { Plane } from '../../test/cluster/control-plane/plane';

interface CanaryObject {
  metadata: { namespace: string; name: string; resourceVersion: string };
  status?: { phase?: string; canaryWeight?: number };
}

/** What is known of a Canary; times are Unix milliseconds of when the watch told. */
export interface SeenCanary {
  phase: string;
  weight: number;
  /** Since `mark`: the first weight above zero, and the end of the run. */
  firstWeightMs?: number;
  succeededMs?: number;
}

const PATH = '/apis/flagger.app/v1beta1/canaries';

export class CanaryWatch {
  private readonly canaries = new Map<string, SeenCanary>();
  private readonly agent: Agent;
  private sent: ClientRequest | undefined;
  private closed = false;
  private version = '';

  constructor(private readonly plane: Plane) {
    this.agent = new Agent({ ca: plane.caCertificate, keepAlive: true });
  }

  /** Lists once, then follows; a watch that the server ends goes on where it was. */
  async start(): Promise<void> {
    const api = this.plane.api('serin-bench-watch');
    // A kind that is new is served a moment after it says so.
    const problem = await until(async () => {
      const list = await api.get(PATH);
      this.version = list.metadata.resourceVersion;
      for (const canary of list.items as CanaryObject[]) this.take(canary);
      return true;
    }, 30_000);
    api.close();
    if (problem) throw problem;
    this.follow();
  }

  close(): void {
    this.closed = true;
    this.sent?.destroy();
    this.agent.destroy();
  }

  get(key: string): SeenCanary | undefined {
    return this.canaries.get(key);
  }

  /** Forgets times: what comes from now on counts. */
  mark(keys: readonly string[]): void {
    for (const key of keys) {
      const { phase = '', weight = 0 } = this.canaries.get(key) ?? {};
      this.canaries.set(key, { phase, weight });
    }
  }

  /** How many of these fulfil the condition. */
  count(keys: readonly string[], is: (canary: SeenCanary) => boolean): number {
    return keys.filter((key) => {
      const canary = this.canaries.get(key);
      return canary !== undefined && is(canary);
    }).length;
  }

  /** Waits until all of these fulfil it. @returns whether they did in time */
  async all(keys: readonly string[], is: (canary: SeenCanary) => boolean, timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    while (this.count(keys, is) < keys.length) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  private follow(): void {
    const { server, token } = this.plane;
    const url = `${server}${PATH}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.version}`;
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'serin-bench-watch' };
    let rest = '';
    this.sent = request(url, { agent: this.agent, headers }, (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.event(JSON.parse(line));
      });
      answer.on('error', () => {});
      answer.on('close', () => this.again());
    });
    this.sent.on('error', () => this.again());
    this.sent.end();
  }

  private again(): void {
    if (!this.closed) setTimeout(() => !this.closed && this.follow(), 100);
  }

  private event({ type, object }: { type: string; object: CanaryObject }): void {
    if (type === 'ERROR') throw new Error(`the watch of Canaries ended: ${JSON.stringify(object)}`);
    this.version = object.metadata.resourceVersion;
    if (type === 'ADDED' || type === 'MODIFIED') this.take(object);
  }

  private take({ metadata, status }: CanaryObject): void {
    const key = `${metadata.namespace}/${metadata.name}`;
    const before = this.canaries.get(key);
    const { phase = '', canaryWeight: weight = 0 } = status ?? {};
    const now = Date.now();
    const firstWeightMs = before?.firstWeightMs ?? (weight > 0 ? now : undefined);
    const ended = phase === 'Succeeded' && before !== undefined && before.phase !== phase;
    const succeededMs = before?.succeededMs ?? (ended ? now : undefined);
    this.canaries.set(key, {
      phase,
      weight,
      ...(firstWeightMs !== undefined && { firstWeightMs }),
      ...(succeededMs !== undefined && { succeededMs }),
    });
  }
}
