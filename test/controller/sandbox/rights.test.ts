/** The API server refuses what the controller's role lacks: said with the remedy, on the Canary that needs it, on no other. */
import type { HttpRequest, HttpResponse } from '../../../model/ports';
import { aCanary, aDeployment } from '../../fixtures';
import { Cluster, type ClusterOptions } from './cluster';

const VERBS: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** `verb resource`, as RBAC sees a request. */
function rightOf({ method, url }: HttpRequest): string {
  const { pathname, searchParams } = new URL(url);
  const [, resource = '', name, subresource] = /\/namespaces\/[^/]+\/(.*)$/
    .exec(pathname)?.[1]
    ?.match(/^([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/) ?? [undefined, pathname.split('/').at(-1)];
  const read = searchParams.has('watch') ? 'watch' : name === undefined ? 'list' : 'get';
  return `${VERBS[method] ?? read} ${[resource, subresource].filter(Boolean).join('/')}`;
}

function refusal(right: string): HttpResponse {
  const [verb, resource] = right.split(' ');
  const message = `${resource} is forbidden: User "serin" cannot ${verb} resource "${resource}" in API group "g"`;
  const text = JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message });
  return {
    status: 403,
    headers: {},
    text: async () => text,
    async *lines() {
      yield text;
    },
  };
}

/** A cluster with a role that lacks some rights, and what its controller logged. */
async function lacking(rights: string[], options: ClusterOptions = {}) {
  const lines: string[] = [];
  const missing = new Set(rights);
  const cluster = new Cluster({
    ...options,
    log: (line) => lines.push(line),
    wire: (http) => async (request) => {
      const right = request.url.startsWith('https://sandbox.local') ? rightOf(request) : '';
      return missing.has(right) ? refusal(right) : http(request);
    },
  });
  await cluster.start();
  return { cluster, lines, missing };
}

const REMEDY = (verb: string, resource: string) =>
  `cannot ${verb} resource "${resource}" in API group "g": allow ${verb} on ${resource} of g in the controller's role; serin install prints one for each provider and option`;

test.each([
  ['list', 'virtualservices', 'GET /apis/networking.istio.io/v1beta1/virtualservices'],
  ['watch', 'deployments', 'GET /apis/apps/v1/deployments'],
  ['list', 'secrets', 'GET /api/v1/secrets'],
  ['create', 'virtualservices', 'POST /apis/networking.istio.io/v1beta1/namespaces/test/virtualservices'],
  ['patch', 'canaries/status', 'PATCH /apis/flagger.app/v1beta1/namespaces/test/canaries/podinfo/status'],
])(
  'without %s on %s the Canary says what is missing, and goes on when it is there',
  async (verb, resource, request) => {
    const { cluster, lines, missing } = await lacking([`${verb} ${resource}`]);
    cluster.create(aDeployment());
    cluster.create(aCanary());
    await cluster.clock.advance(20_000);
    const said = cluster.events().filter((text) => text.includes(REMEDY(verb, resource)));
    expect(said).toEqual([expect.stringMatching(/^W /)]);
    expect(said[0]).toContain(request);
    expect(lines.filter((line) => line.includes(JSON.stringify(REMEDY(verb, resource)).slice(1, -1)))).not.toEqual([]);
    expect(cluster.status.phase).not.toBe('Initialized');
    missing.clear();
    await cluster.until('Initialized');
    await cluster.stop();
  },
);

test('a kind that one Canary needs holds up no other', async () => {
  const { cluster } = await lacking(['list httproutes']);
  const { metadata, spec } = aCanary({}, { provider: 'linkerd' });
  const routed = { ...spec, targetRef: { ...spec.targetRef, name: 'other' } };
  cluster.create({ ...aCanary(), metadata: { ...metadata, name: 'other', uid: 'uid-other' }, spec: routed } as never);
  cluster.create(aDeployment());
  cluster.create(aCanary());
  await cluster.until('Initialized');
  await cluster.stop();
});

test('with config tracking off neither ConfigMaps nor Secrets are looked at', async () => {
  const settings = { configTracking: false };
  const { cluster } = await lacking(['list configmaps', 'list secrets', 'watch configmaps', 'watch secrets'], {
    settings,
  });
  cluster.create(aDeployment());
  cluster.create(aCanary({ metrics: [] }));
  await cluster.until('Initialized');
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  expect(cluster.requests.filter((request) => /configmaps|secrets/.test(request))).toEqual([]);
  await cluster.stop();
});
