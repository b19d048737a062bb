/** Every state that the Leases of a namespace go through, from the beginning. */
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { SHARD_LABEL } from '../../../controller/kube/shard-plan';
import type { Plane } from '../control-plane/plane';
import type { AnyObject } from '../tutorial-fixture';

export class LeaseWatch {
  /** In the order of the API server; deletions are not among them. */
  readonly states: AnyObject[] = [];
  private readonly stopping = new AbortController();

  constructor({ server, caCertificate, token }: Plane, namespace: string) {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    const query = `watch=1&labelSelector=${SHARD_LABEL}`;
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'serin-test-lease-watch' };
    const sent = request(
      `${server}${path}?${query}`,
      { ca: caCertificate, headers, signal: this.stopping.signal },
      (answer) => {
        const lines = createInterface({ input: answer });
        lines.on('line', (line) => {
          const { type, object } = JSON.parse(line);
          if (type !== 'DELETED') this.states.push(object);
        });
        // A watch that breaks early leaves tests without their states: they say so.
        for (const stream of [answer, lines]) stream.on('error', () => undefined);
      },
    );
    sent.on('error', (error) => {
      if (!this.stopping.signal.aborted) throw error;
    });
    sent.end();
  }

  /** The Leases of shards as they are now, by name. */
  shards(): Map<string, string> {
    const named = this.states.filter(({ metadata }) => metadata.name.startsWith('serin-shard-'));
    return new Map(named.map(({ metadata, spec }) => [metadata.name, spec.holderIdentity ?? '']));
  }

  close(): void {
    this.stopping.abort();
  }
}
