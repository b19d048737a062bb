/** Composition root of the controller's process: flags to values, values to rooms. The only reader of the environment. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { globalNotifier } from './alerts/global-notifier';
import { realClock } from './clock';
import { Controller } from './controller';
import { environmentProxy } from './environment-proxy';
import { durationFlag, type Flags, metricsFlags, outboundRules, parseFlags, providerFlag, shardsFlag } from './flags';
import { checkedSigningKey } from './gates/signature';
import { undiciHttp } from './http';
import { loadCluster } from './kube/kubeconfig';
import { Outbound } from './outbound';
import type { Settings } from './rollout/settings';
import { webSocket } from './socket';
import { collectGarbage, SpareMemory } from './spare-memory';
import { createLogger, type Logger, parseLogEncoding, parseLogLevel } from './telemetry/log';
import { Telemetry } from './telemetry/metrics';
import { TelemetryServer } from './telemetry/server';

/**
 * Runs the controller until a signal ends it.
 * @param args the command line after the verb
 * @returns the exit code: 0 after SIGINT or SIGTERM, 1 after a lost lease
 * @throws FlagError, KubeConfigError, Error with a remedy
 */
export async function runController(args: readonly string[], version: string): Promise<number> {
  const flags = parseFlags(args, process.env);
  if (flags.version) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const clock = realClock();
  const level = parseLogLevel(String(flags['log-level']));
  const log = createLogger({
    clock,
    level,
    encoding: parseLogEncoding(String(flags['zap-encoding'])),
    stream: process.stderr,
  });
  const settings = settingsOf(flags);
  const cluster = await loadCluster({
    kubeconfig: String(flags.kubeconfig) || undefined,
    master: String(flags.master) || undefined,
  });
  const notifier = globalNotifier(flags);
  const signingKey = String(flags['webhook-signing-key']);
  const outbound = new Outbound(outboundRules(flags, cluster.server));
  const http = undiciHttp({
    tls: { [new URL(cluster.server).origin]: cluster.tls },
    proxyFor: environmentProxy(process.env),
    lookup: outbound.lookup(),
  });
  const telemetry = new Telemetry({ process: true });
  const namespace = String(flags.namespace);
  const leaseNamespace = namespace || String(flags['leader-election-namespace']);
  const identity = `${hostname()}_${randomUUID()}`;
  const shards = shardsFlag(flags);
  const controller = new Controller({
    http: outbound.http(http),
    clock,
    random: Math.random,
    uuid: randomUUID,
    server: cluster.server,
    headers: () => cluster.headers(),
    settings,
    ...(namespace && { namespace }),
    ...(flags['enable-leader-election'] && {
      leaderElection: { identity, namespace: leaseNamespace },
    }),
    ...(shards > 0 && { shards: { identity, namespace: leaseNamespace, count: shards } }),
    ...metricsFlags(flags),
    openSocket: outbound.socket(webSocket),
    ...(notifier && { notifier }),
    ...(flags['cluster-name'] && { clusterName: String(flags['cluster-name']) }),
    ...(signingKey && { webhookSigningKey: checkedSigningKey(signingKey) }),
    ...(flags['event-webhook'] && { eventWebhook: String(flags['event-webhook']) }),
    concurrency: Number(flags.threadiness),
    log,
    telemetry,
    version,
  });
  const server = new TelemetryServer({
    clock,
    exposition: () => telemetry.exposition(),
    health: () => controller.health(),
    ready: () => controller.ready(),
  });
  const port = await server.start(Number(flags.port), '0.0.0.0');
  log.info(`serin ${version} on ${cluster.server}, HTTP on port ${port}, provider ${settings.meshProvider}`);
  await requireCrds(controller);
  const ended = endOf(controller, log);
  await controller.start();
  const { quietMs, putAway } = controller.rest;
  const spare = new SpareMemory({ clock, quietMs, putAway, collect: collectGarbage });
  spare.start();
  const code = await ended;
  spare.stop();
  await controller.stop();
  await server.stop();
  await http.close();
  return code;
}

function settingsOf(flags: Flags): Settings {
  return {
    meshProvider: providerFlag(flags),
    metricsServer: String(flags['metrics-server']),
    selectorLabels: listOf(flags['selector-labels']),
    includeLabelPrefixes: listOf(flags['include-label-prefix']),
    configTracking: flags['enable-config-tracking'] === true,
    minIntervalMs: durationFlag(flags, 'min-interval'),
    drainMs: durationFlag(flags, 'drain'),
    ingressAnnotationsPrefix: String(flags['ingress-annotations-prefix']),
    ingressClass: String(flags['ingress-class']),
    noCrossNamespaceRefs: flags['no-cross-namespace-refs'] === true,
  };
}

const listOf = (value: unknown): string[] =>
  String(value)
    .split(',')
    .filter((item) => item !== '');

/** Without its kinds there is nothing to control: better to end with a remedy than to wait. */
async function requireCrds(controller: Controller): Promise<void> {
  try {
    await controller.client.getPath('/apis/flagger.app/v1beta1');
  } catch (error) {
    if ((error as { code?: string }).code !== 'NotFound') throw error;
    throw new Error('Canary CRD is not registered: apply the CRDs first, for example serin crds | kubectl apply -f -');
  }
}

/** The exit code, when it is time to end. A second signal ends at once. */
function endOf(controller: Controller, log: Logger): Promise<number> {
  return new Promise((resolve) => {
    controller.onLeadershipLost(() => {
      log.error('the lease is lost: another replica leads');
      resolve(1);
    });
    let signals = 0;
    const onSignal = (signal: string) => {
      if (++signals > 1) process.exit(1);
      log.info(`${signal}: ending`);
      resolve(0);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
