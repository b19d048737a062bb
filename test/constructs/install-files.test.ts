/** What is made from the constructs for those who do not write programs: the verb, the Helm chart, the image. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse, parseAllDocuments } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { PolicyAction, SerinController, type SerinControllerProps, TrafficProvider } from '../../constructs';
import { version } from '../../package.json';
import { aTerminal } from '../cli/fake-terminal';
import type { Manifest } from './fixtures';

const root = join(__dirname, '..', '..');

function synthesised(namespace: string, props: SerinControllerProps = {}): Manifest[] {
  const chart = new Chart(new App(), 'install', { namespace });
  new SerinController(chart, 'serin', props);
  return chart.toJson();
}

async function printed(...args: string[]) {
  const { terminal, written } = aTerminal();
  const code = await runCommandLine(['install', ...args], terminal);
  return { code, ...written };
}

const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS());
const byName = (objects: Manifest[]) =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));

describe('serin install', () => {
  it('prints what the constructs synthesise', async () => {
    const { code, out, err } = await printed('--namespace', 'delivery', '--metrics-server', 'http://prometheus:9090');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const program = synthesised('delivery', {
      flags: { meshProvider: TrafficProvider.ISTIO, metricsServer: 'http://prometheus:9090' },
    });
    expect(byName(documents(out))).toEqual(byName(program));
  });

  it('prints every option, as JSON too', async () => {
    const options = [
      '--guard',
      '--policy=deny',
      '--service-monitor',
      '--alert-rules',
      '--dashboard',
      '--network-policy',
      '--keda',
    ];
    const traffic = ['--mesh-provider', 'nginx', '--traffic-provider', 'istio', '--external-metrics'];
    const { out } = await printed('--namespace-scoped', '--replicas', '3', ...options, ...traffic, '--output=json');
    const program = synthesised('istio-system', {
      replicas: 3,
      watchNamespace: 'istio-system',
      flags: { meshProvider: TrafficProvider.NGINX },
      trafficProviders: [TrafficProvider.NGINX, TrafficProvider.ISTIO],
      keda: true,
      externalMetrics: true,
      guard: {},
      policy: { action: PolicyAction.DENY },
      serviceMonitor: {},
      alertRules: {},
      dashboard: {},
      networkPolicy: {},
    });
    const list = JSON.parse(out);
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(byName(list.items)).toEqual(byName(program));
  });

  it('leaves the definitions out when asked', async () => {
    const { out } = await printed('--no-crds', '--image', 'registry.example.com/serin:1');
    expect(out).not.toContain('CustomResourceDefinition');
    expect(out).toContain('image: registry.example.com/serin:1\n');
  });

  it('explains itself', async () => {
    const { code, out } = await printed('--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: serin install');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
  });

  it.each([
    [['--mesh-provider', 'gloo'], 'trafficProviders: gloo is not built: take out of istio, '],
    [['--replicas', 'two'], 'replicas: must be a whole number (NaN)'],
  ])('%j is refused in one line', async (args, message) => {
    const { code, out, err } = await printed(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^serin: [^\n]+\n$/);
    expect(err).toContain(message);
  });
});

const CHART = join(root, 'charts', 'serin');

describe('the Helm chart', () => {
  it('is up to date', () => {
    execFileSync(process.execPath, ['scripts/chart.mjs', '--check'], { cwd: root, stdio: 'pipe' });
  });

  it('is of this version', () => {
    expect(parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  const helm = process.env['HELM'] ?? '';
  const withHelm = existsSync(helm) ? it : it.skip;

  /** The objects of `helm template`, without Helm's own label, and with arguments in an order that does not matter. */
  const rendered = (...set: string[]) => {
    const args = ['template', 'serin', CHART, '-n', 'delivery', '--kube-version=1.34', '--include-crds', ...set];
    return comparable(documents(execFileSync(helm, args, { encoding: 'utf8' })));
  };

  const comparable = (objects: Manifest[]) => {
    for (const object of objects) {
      delete object?.metadata.labels?.['app.kubernetes.io/managed-by'];
      if (object?.kind === 'Deployment') object.spec.template.spec.containers[0].args.sort();
    }
    return byName(objects.filter(Boolean));
  };

  withHelm('renders what the constructs synthesise (HELM=<path> runs this)', () => {
    const flags = { meshProvider: TrafficProvider.ISTIO };
    expect(rendered()).toEqual(comparable(synthesised('delivery', { flags })));
    const every = ['keda', 'externalMetrics', 'controllerGuard', 'serviceMonitor', 'alertRules', 'dashboard'];
    const set = [...every, 'networkPolicy'].map((name) => `${name}=true`).join(',');
    expect(
      rendered(
        '--set',
        `watchNamespace=shop,${set}`,
        '--set',
        'trafficProviders={istio,linkerd,nginx,traefik,contour}',
      ),
    ).toEqual(
      comparable(
        synthesised('delivery', {
          watchNamespace: 'shop',
          trafficProviders: [
            ...[TrafficProvider.ISTIO, TrafficProvider.LINKERD, TrafficProvider.NGINX],
            ...[TrafficProvider.TRAEFIK, TrafficProvider.CONTOUR],
          ],
          flags,
          keda: true,
          externalMetrics: true,
          guard: {},
          serviceMonitor: {},
          alertRules: {},
          dashboard: {},
          networkPolicy: {},
        }),
      ),
    );
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const ignored = readFileSync(join(root, 'Dockerfile.dockerignore'), 'utf8').split('\n');

  it('runs as the user that the Deployment names, and starts the controller', () => {
    const { spec } = synthesised('delivery').find(({ kind }) => kind === 'Deployment').spec.template;
    const { runAsUser, runAsGroup } = spec.securityContext;
    expect(dockerfile).toContain(`USER ${runAsUser}:${runAsGroup}`);
    expect(dockerfile).toContain('ENTRYPOINT ["node", "/serin/serin.js"]');
    expect(spec.containers[0].command).toBeUndefined();
    expect(spec.containers[0].args[0]).toBe('controller');
  });

  it('is built from everything that the build reads', () => {
    const build = readFileSync(join(root, 'scripts', 'build.mjs'), 'utf8');
    const list = /const COMMAND_SOURCES = \[([^\]]+)\]/.exec(build)?.[1] ?? '';
    const sources = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => `!${name}`);
    expect(sources.length).toBeGreaterThan(5);
    expect(ignored).toEqual(expect.arrayContaining(sources));
  });

  it('is of a Node that the package takes', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(dockerfile).toContain(`node:${devDependencies.node.split('.')[0]}-`);
  });
});
