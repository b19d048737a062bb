/** A real kubectl against the sandbox, over HTTPS. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '../../../sandbox/api/server';
import { ObjectStore } from '../../../sandbox/api/store';
import { scaledClock } from '../../../sandbox/clock';
import { type HttpFront, serveHttp } from '../../../sandbox/http-front';
import { writeKubeconfig } from '../../../sandbox/kubeconfig';

const KUBECTL = findKubectl();
const LIMIT_MS = 15_000;
const ROOT = join(__dirname, '../../..');

function findKubectl(): string | undefined {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return 'kubectl';
  } catch {
    return undefined;
  }
}

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "example.test/web:1", ports: [{ containerPort: 80 }] }
        - { name: side, image: "example.test/side:1" }
`;

const CANARY = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: web }
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  service: { port: 80 }
  analysis: { interval: 1m, threshold: 5, stepWeight: 10, maxWeight: 50 }
`;

const suite = KUBECTL ? describe : describe.skip;

suite(`kubectl${KUBECTL ? '' : ' (skipped: no kubectl on the PATH)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'serin-kubectl-'));
  const store = new ObjectStore({ clock: scaledClock(1, { unref: true }), uid: randomUUID });
  const api = createApiServer(store);
  let front: HttpFront;

  beforeAll(async () => {
    front = await serveHttp(api.handle);
    await writeKubeconfig(join(folder, 'kubeconfig'), front);
    await kubectl('apply', '-f', join(ROOT, 'crds'));
  });
  afterAll(async () => {
    await front.close();
    rmSync(folder, { recursive: true });
  });

  const environment = (extra: Record<string, string> = {}) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    KUBECONFIG: join(folder, 'kubeconfig'),
    ...extra,
  });

  /** Standard output and error of one command; fails the test when kubectl fails, unless `mayFail`. */
  function run(args: string[], options: { env?: Record<string, string>; mayFail?: boolean } = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const settings = { env: environment(options.env), timeout: LIMIT_MS };
      execFile('kubectl', args, settings, (error, stdout, stderr) => {
        if (error && !options.mayFail) reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`));
        else resolve(stdout + stderr);
      });
    });
  }
  const kubectl = (...args: string[]) => run(args);
  const refused = (...args: string[]) => run(args, { mayFail: true });

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs kubectl in the background until its output has the text, then ends it. `meanwhile` starts once it watches. */
  function until(args: string[], text: string, meanwhile: () => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const child: ChildProcess = spawn('kubectl', args, { env: environment(), timeout: LIMIT_MS });
      let output = '';
      const stop = api.onRequest(({ verb }) => {
        if (verb !== 'watch') return;
        stop();
        setImmediate(meanwhile);
      });
      child.stdout?.on('data', (chunk) => {
        output += chunk;
        if (output.includes(text)) child.kill();
      });
      child.on('exit', () =>
        output.includes(text) ? resolve(output) : reject(new Error(`never saw ${text} in ${output}`)),
      );
    });
  }

  const containers = () => {
    const { spec } = store.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' })!;
    return (spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers;
  };

  test('creates namespaces, config maps and deployments', async () => {
    expect(await kubectl('create', 'namespace', 'extra')).toBe('namespace/extra created\n');
    expect(await kubectl('-n', 'extra', 'create', 'configmap', 'some', '--from-literal=a=b')).toBe(
      'configmap/some created\n',
    );
    expect(await kubectl('-n', 'extra', 'create', 'deployment', 'other', '--image=x:1', '--port=80')).toContain(
      'created',
    );
    expect(await kubectl('-n', 'extra', 'get', 'configmap', 'some', '-o', 'jsonpath={.data.a}')).toBe('b');
    const all = await kubectl('get', 'deployments', '-A', '-o', 'wide');
    expect(all).toMatch(/NAMESPACE +NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR/);
    expect(all).toMatch(/extra +other +0\/1 +0 +0 +\d+s +x +x:1 +app=other/);
    expect(await kubectl('delete', 'namespace', 'extra')).toContain('deleted');
    expect(await refused('get', 'namespace', 'extra')).toContain('NotFound');
  });

  test('applies from the client: three-way, with containers by name', async () => {
    const manifest = file('web.yaml', DEPLOYMENT);
    expect(await kubectl('apply', '-f', manifest)).toBe('deployment.apps/web created\n');
    expect(await kubectl('apply', '-f', manifest)).toBe('deployment.apps/web unchanged\n');
    await kubectl('set', 'image', 'deployment/web', 'web=example.test/web:2');
    expect(containers().map(({ image }) => image)).toEqual(['example.test/web:2', 'example.test/side:1']);
    const changed = file('web.yaml', DEPLOYMENT.replace('side:1', 'side:2'));
    expect(await kubectl('apply', '-f', changed)).toBe('deployment.apps/web configured\n');
    expect(containers().map(({ image }) => image)).toEqual(['example.test/web:1', 'example.test/side:2']);
  });

  test('applies from the server, with conflicts', async () => {
    const manifest = file(
      'server.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: owned }\ndata: { a: "1" }\n',
    );
    expect(await kubectl('apply', '--server-side', '-f', manifest)).toContain('serverside-applied');
    await kubectl('patch', 'configmap', 'owned', '-p', '{"data":{"a":"2"}}');
    expect(await refused('apply', '--server-side', '-f', manifest)).toContain('conflict with "kubectl-patch"');
    expect(await kubectl('apply', '--server-side', '--force-conflicts', '-f', manifest)).toContain(
      'serverside-applied',
    );
  });

  test('describes a Deployment with its events', async () => {
    const { uid } = store.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'default',
      name: 'web',
    })!.metadata;
    store.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'web.1', namespace: 'default' },
      involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', uid },
      reason: 'Synced',
      message: 'hello from the sandbox',
      type: 'Normal',
      source: { component: 'test' },
      count: 1,
      firstTimestamp: new Date().toISOString(),
      lastTimestamp: new Date().toISOString(),
    });
    const text = await kubectl('describe', 'deployment', 'web');
    expect(text).toMatch(/Replicas: +2 desired/);
    expect(text).toMatch(/Normal +Synced +\S+ +test +hello from the sandbox/);
    expect(await kubectl('events', '--for', 'deployment/web')).toContain('hello from the sandbox');
    expect(await kubectl('get', 'events')).toMatch(/Normal +Synced +deployment\/web +hello from the sandbox/);
  });

  test('shows canaries with their columns, and refuses bad ones', async () => {
    expect(await kubectl('apply', '-f', file('canary.yaml', CANARY))).toBe('canary.flagger.app/web created\n');
    expect(await kubectl('get', 'canaries')).toMatch(/NAME +STATUS +WEIGHT +LASTTRANSITIONTIME\nweb +/);
    expect(await kubectl('describe', 'canary', 'web')).toMatch(/Step Weight: +10/);
    const typo = await refused('apply', '-f', file('typo.yaml', CANARY.replace('threshold', 'treshold')));
    expect(typo).toContain('unknown field "spec.analysis.treshold"');
    const both = await refused(
      'apply',
      '-f',
      file('both.yaml', CANARY.replace('threshold: 5', 'threshold: 5, iterations: 5')),
    );
    expect(both).toContain('set exactly one of stepWeight, stepWeights, iterations');
  });

  test('scales, labels, annotates, patches and edits', async () => {
    await kubectl('scale', 'deployment', 'web', '--replicas=3');
    await kubectl('label', 'deployment', 'web', 'tier=front');
    await kubectl('annotate', 'deployment', 'web', 'note=hi');
    await kubectl('patch', 'canary', 'web', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    const edit = ['edit', 'deployment', 'web'];
    expect(await run(edit, { env: { KUBE_EDITOR: 'sed -i s/side:2/side:3/' } })).toContain('edited');
    const shown = await kubectl('get', 'deployment', 'web', '-o', 'json');
    expect(JSON.parse(shown)).toMatchObject({
      metadata: { labels: { tier: 'front' }, annotations: { note: 'hi' } },
      spec: { replicas: 3 },
    });
    expect(containers()[1]).toMatchObject({ image: 'example.test/side:3' });
    expect(await kubectl('get', 'canary', 'web', '-o', 'yaml')).toContain('suspend: true');
  });

  test('watches as a table', async () => {
    const seen = await until(['get', 'deployment', 'web', '-w'], '3/3', () => {
      store.modify(
        { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
        (draft) => {
          const { generation } = draft.metadata;
          const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
          const conditions = [{ type: 'Available', status: 'True' }];
          draft['status'] = { observedGeneration: generation, ...counts, conditions };
        },
        { subresource: 'status' },
      );
    });
    expect(seen.match(/^NAME/gm)).toHaveLength(1);
  });

  test('waits for conditions and roll-outs', async () => {
    expect(await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=5s')).toContain(
      'condition met',
    );
    expect(await kubectl('rollout', 'status', 'deployment/web', '--timeout=5s')).toContain('successfully rolled out');
  });

  test('autoscalers and services', async () => {
    await kubectl('autoscale', 'deployment', 'web', '--min=2', '--max=4', '--cpu-percent=70');
    expect(await kubectl('get', 'hpa')).toMatch(/web +Deployment\/web +cpu: <unknown>\/70% +2 +4 +0/);
    expect(await kubectl('describe', 'hpa', 'web')).toMatch(/Max replicas: +4/);
    await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80:8080');
    expect(await kubectl('describe', 'service', 'web')).toMatch(/TargetPort: +8080\/TCP/);
  });

  test('pods', async () => {
    await kubectl('run', 'lonely', '--image=example.test/lonely:1');
    expect(await kubectl('get', 'pods', '-o', 'wide')).toMatch(/lonely +0\/1 +Pending +0/);
    expect(await kubectl('describe', 'pod', 'lonely')).toContain('example.test/lonely:1');
  });

  test('lists resources and explains them', async () => {
    expect(await kubectl('api-resources')).toMatch(/canaries +flagger\.app\/v1beta1 +true +Canary/);
    expect(await kubectl('explain', 'canary.spec.analysis.interval')).toContain('FIELD: interval <string>');
  });

  test('deletes, and waits until it is done', async () => {
    expect(await kubectl('delete', 'deployment', 'web')).toContain('deleted');
    expect(await kubectl('delete', '-f', join(ROOT, 'crds'))).toContain('canaries.flagger.app');
    expect(await refused('get', 'canaries')).toMatch(
      /doesn't have a resource type|could not find the requested resource/,
    );
  });

  test('the kubeconfig is for its owner alone', () => {
    expect(statSync(join(folder, 'kubeconfig')).mode & 0o077).toBe(0);
  });
});
