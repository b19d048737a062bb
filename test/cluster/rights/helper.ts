/** What Canaries ask outside of the API server: a Prometheus, a gate and a chat; and the external metrics API inside of it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authority, serverCertificate } from '../control-plane/certificates';
import type { Plane } from '../control-plane/plane';

export interface Helper {
  url: string;
  /** Opens or closes the gate. */
  open: boolean;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const json = (response: ServerResponse, body: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return `${request.url}${text}`;
}

export async function startHelper(plane: Plane): Promise<Helper> {
  const server = createServer((request, response) => void answer(request, response));
  const close = await serveExternalMetrics(plane);
  const helper: Helper = {
    url: `http://127.0.0.1:${await listening(server)}`,
    open: false,
    async close() {
      server.close();
      await close();
    },
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await textOf(request);
    if (asked.startsWith('/gate')) response.writeHead(helper.open ? 200 : 403).end();
    else if (asked.startsWith('/chat')) response.end('ok');
    else json(response, vectorOf(asked.includes('bad') ? 0 : 1));
  }
  return helper;
}

const vectorOf = (value: number): object => ({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: {}, value: [1, `${value}`] }] },
});

const GROUP = 'external.metrics.k8s.io';
const NAMESPACE = 'rights-external-metrics';

/** Registers an API server of ours behind the real one, which checks the rights and passes on. */
async function serveExternalMetrics(plane: Plane): Promise<() => Promise<void>> {
  const { key, certificate: cert } = await serverCertificate(await authority());
  const server = createTlsServer({ key, cert }, ({ url = '' }, response) => {
    const item = { metricName: 'queue', metricLabels: {}, timestamp: '2026-01-01T00:00:00Z', value: '2' };
    const list = { kind: 'ExternalMetricValueList', apiVersion: `${GROUP}/v1beta1`, metadata: {}, items: [item] };
    const resources = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${GROUP}/v1beta1`, resources: [] };
    json(response, url.includes('/namespaces/') ? list : resources);
  });
  const port = await listening(server);
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const spec = { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] };
  await plane.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'metrics', namespace: NAMESPACE }, spec });
  await plane.apply({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1beta1.${GROUP}` },
    spec: {
      ...{ group: GROUP, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      ...{ insecureSkipTLSVerify: true, service: { name: 'metrics', namespace: NAMESPACE, port } },
    },
  });
  const condition = '--for=condition=Available';
  await plane.kubectl(['wait', condition, '--timeout=30s', `apiservice/v1beta1.${GROUP}`]);
  return async () => {
    await plane.tryKubectl(['delete', 'apiservice', `v1beta1.${GROUP}`]);
    await plane.tryKubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    server.close();
    server.closeAllConnections();
  };
}
