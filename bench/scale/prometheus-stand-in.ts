/**
 * A Prometheus that says yes to every release, and counts what it is asked. It answers the built-in queries of one workload
 * and of many (`sum by (...)`), as Serin and the reference write them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Queries by kind, and how many workloads they asked about. */
export type Queries = Record<string, { queries: number; workloads: number }>;

let counts: Queries = {};

type Sample = { metric: Record<string, string>; value: [number, string] };

const SELECTED = /destination_workload=~"([^"]*)"/;
const GROUPED = /\bby \((?:le,)?destination_workload_namespace,destination_workload\)/;

const kindOf = (query: string): string => {
  if (query.startsWith('vector(')) return 'probe';
  if (query.includes('histogram_quantile')) return 'request-duration';
  return query.includes('increase(') ? 'request-count' : 'request-success-rate';
};

const VALUES: Readonly<Record<string, string>> = {
  probe: '1',
  'request-duration': '42',
  'request-count': '1000',
  'request-success-rate': '99.9',
};

/** Workloads are called `app-<namespace>-<number>[-primary]` (fleet.ts). */
function answer(query: string): Sample[] {
  const kind = kindOf(query);
  const now = Date.now() / 1000;
  const sample = (metric: Record<string, string>): Sample => ({ metric, value: [now, VALUES[kind] ?? '0'] });
  const grouped = GROUPED.test(query);
  const names = (SELECTED.exec(query)?.[1] ?? '').split('|');
  count(`${kind}${grouped ? ', shared' : ''}`, names.length);
  if (!grouped) return [sample({})];
  return names.map((name) =>
    sample({ destination_workload: name, destination_workload_namespace: `bench-${name.split('-')[1]}` }),
  );
}

function count(kind: string, workloads: number): void {
  const counted = counts[kind] ?? { queries: 0, workloads: 0 };
  counts[kind] = { queries: counted.queries + 1, workloads: counted.workloads + workloads };
}

async function queryOf(request: IncomingMessage, url: URL): Promise<string> {
  if (request.method !== 'POST') return url.searchParams.get('query') ?? '';
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8')).get('query') ?? '';
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const send = (body: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  switch (url.pathname) {
    case '/counts': {
      send(counts);
      counts = {};
      return;
    }
    case '/api/v1/query': {
      const result = answer((await queryOf(request, url)).trim());
      send({ status: 'success', data: { resultType: 'vector', result } });
      return;
    }
    case '/-/ready':
    case '/api/v1/status/flags':
      send({ status: 'success', data: {} });
      return;
    default:
      response.writeHead(404).end();
  }
}

/** `GET /counts` tells the queries since the last time. */
export const prometheusStandIn = (): Server => createServer((request, response) => void serve(request, response));
