/** What is made from the constructs for those who do not write programs: the verb and the Helm chart. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

  it('without config tracking says so to the controller, and takes the rights away', async () => {
    const { out } = await printed('--namespace', 'delivery', '--no-config-tracking');
    const flags = { meshProvider: TrafficProvider.ISTIO, configTracking: false };
    expect(byName(documents(out))).toEqual(byName(synthesised('delivery', { flags })));
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
});
