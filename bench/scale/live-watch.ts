/** Follows all objects of a kind by one watch, as anybody may. */
import type { ClientRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { until } from '../../test/cluster/control-plane/daemon';
import type { Plane } from '../../test/cluster/control-plane/plane';

/** What a watch needs of an object. */
export interface Versioned {
  metadata: { namespace: string; name: string; resourceVersion: string };
}

export abstract class LiveWatch<T extends Versioned> {
  private readonly agent: Agent;
  private sent: ClientRequest | undefined;
  private closed = false;
  private version = '';

  protected constructor(
    private readonly plane: Plane,
    private readonly path: string,
    private readonly user: string,
  ) {
    this.agent = new Agent({ ca: plane.caCertificate, keepAlive: true });
  }

  /** From now on; what is there already is not told. A watch that the server ends goes on where it was. */
  async start(): Promise<void> {
    const api = this.plane.api(this.user);
    // A kind that is new is served a moment after it says so.
    const problem = await until(async () => {
      this.version = (await api.get(`${this.path}?limit=1`)).metadata.resourceVersion;
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

  /** An object that came or moved. */
  protected abstract take(object: T): void;

  private follow(): void {
    const { server, token } = this.plane;
    const url = `${server}${this.path}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.version}`;
    const headers = { authorization: `Bearer ${token}`, 'user-agent': this.user };
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

  private event({ type, object }: { type: string; object: T }): void {
    if (type === 'ERROR') throw new Error(`the watch of ${this.path} ended: ${JSON.stringify(object)}`);
    this.version = object.metadata.resourceVersion;
    if (type === 'ADDED' || type === 'MODIFIED') this.take(object);
  }
}

export const keyIn = ({ metadata }: Versioned): string => `${metadata.namespace}/${metadata.name}`;
