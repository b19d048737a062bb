/** Sandbox, controller and load tester wired together in this process: what `sandbox` and `demo` run. */
import { parse } from 'yaml';
import { Controller } from '../controller/controller';
import { KubeClient } from '../controller/kube/client';
import { DEFAULT_SETTINGS } from '../controller/rollout/settings';
import { createLogger } from '../controller/telemetry/log';
import { Telemetry } from '../controller/telemetry/metrics';
import { createLoadTester, type LoadTester } from '../loadtester/load-tester';
import type { KubeObject } from '../model/kube';
import type { Clock } from '../model/ports';
import { version } from '../package.json';
import { seeded, uuids } from '../sandbox/random';
import { API_SERVER_URL, createSandbox, PROMETHEUS_URL, type Sandbox } from '../sandbox/world';
import { crdTexts } from './crds';

/** The host that the tutorial's webhooks call. */
export const LOADTESTER_HOST = 'flagger-loadtester.test';

export interface EmbeddedClusterOptions {
  clock: Clock;
  /** Equal seeds on a virtual clock give equal runs. @default 1 */
  seed?: number;
  /** Run the controller, and the load tester behind its usual name. */
  withController: boolean;
  /** How often Prometheus reads, in clock time. @default 5 s */
  scrapeIntervalMs?: number;
  /** Takes the controller's and the load tester's log lines. @default nobody */
  log?: { write(line: string): unknown };
}

export interface EmbeddedCluster {
  sandbox: Sandbox;
  /** Acts on the cluster as a user does. */
  client: KubeClient;
  /** Starts the controller, if there is one. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster that answers at once. On a virtual clock, somebody has to move it for `start` and `stop` to resolve. */
export function embeddedCluster(options: EmbeddedClusterOptions): EmbeddedCluster {
  const { clock, seed = 1, withController, scrapeIntervalMs = 5_000 } = options;
  const crds = crdTexts().map((text) => parse(text) as KubeObject);
  const sandbox = createSandbox({ clock, seed, crds, scrapeIntervalMs });
  sandbox.start();
  const random = seeded(seed + 1);
  const client = new KubeClient({ http: sandbox.http, server: API_SERVER_URL, clock, random, version });
  if (!withController) return { sandbox, client, start: async () => {}, stop: async () => sandbox.stop() };
  const loadTester = hostLoadTester(sandbox, options);
  const controller = controllerOf(sandbox, options, random);
  const stop = async () => {
    await controller.stop();
    await loadTester.stop();
    sandbox.stop();
  };
  return { sandbox, client, start: () => controller.start(), stop };
}

function hostLoadTester(sandbox: Sandbox, { clock, log }: EmbeddedClusterOptions): LoadTester {
  const logger = createLogger({ clock, level: 'info', encoding: 'console', stream: log ?? SILENCE });
  const [, namespace = 'default'] = LOADTESTER_HOST.split('.');
  const tester = createLoadTester({
    http: sandbox.http,
    clock,
    // The simulated mesh counts requests in bulk: nothing has to be sent one by one.
    generate: (load, signal) => sandbox.generateLoad({ ...load, namespace, workload: 'flagger-loadtester' }, signal),
    log: ({ level, msg, canary }) => logger[level](msg, { source: 'loadtester', ...(canary && { canary }) }),
  });
  for (const host of [LOADTESTER_HOST, `${LOADTESTER_HOST}.svc`, `${LOADTESTER_HOST}.svc.cluster.local`]) {
    sandbox.host(host, tester.handle);
  }
  return tester;
}

function controllerOf(sandbox: Sandbox, { clock, log }: EmbeddedClusterOptions, random: () => number): Controller {
  return new Controller({
    http: sandbox.http,
    clock,
    random,
    uuid: uuids(random),
    server: API_SERVER_URL,
    settings: { ...DEFAULT_SETTINGS, metricsServer: PROMETHEUS_URL },
    log: createLogger({ clock, level: 'info', encoding: 'console', stream: log ?? SILENCE }),
    telemetry: new Telemetry(),
    version,
  });
}

const SILENCE = { write: () => true };
