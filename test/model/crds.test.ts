import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { PHASES } from '../../model/canary';
import { RESOURCES } from '../../model/kube';
import { aCanary } from './tutorial';

const root = join(__dirname, '../..');
const crds = Object.fromEntries(
  readdirSync(join(root, 'crds')).map((file) => {
    const crd = parse(readFileSync(join(root, 'crds', file), 'utf8'));
    return [crd.spec.names.kind, crd];
  }),
);
const schemaOf = (kind: string) => crds[kind].spec.versions[0].schema.openAPIV3Schema;

test('crds/ is what the types say', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/crds.mjs', '--check'], { cwd: root, stdio: 'pipe' }),
  ).not.toThrow();
});

test('the three kinds are served as the rooms ask for them', () => {
  for (const { kind, plural, apiVersion } of [RESOURCES.canary, RESOURCES.metricTemplate, RESOURCES.alertProvider]) {
    const { spec, metadata } = crds[kind];
    expect(metadata.name).toBe(`${plural}.${spec.group}`);
    expect(`${spec.group}/${spec.versions[0].name}`).toBe(apiVersion);
    expect(spec.names).toMatchObject({ plural, categories: ['all'], listKind: `${kind}List` });
    expect(spec.versions[0].subresources).toEqual({ status: {} });
    expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  }
});

test('the columns are the reference’s', () => {
  const columns = crds['Canary'].spec.versions[0].additionalPrinterColumns;
  expect(
    columns.filter((column: { priority?: number }) => !column.priority).map((c: { name: string }) => c.name),
  ).toEqual(['Status', 'Weight', 'LastTransitionTime']);
});

/** Every field of api.md sections 2 to 5, as paths. */
const fields: Record<string, string[]> = {
  Canary: [
    'spec.provider spec.metricsServer spec.progressDeadlineSeconds spec.targetRef.apiVersion spec.autoscalerRef.primaryScalerQueries',
    'spec.autoscalerRef.primaryScalerReplicas.minReplicas spec.ingressRef.name spec.routeRef.name spec.upstreamRef.namespace',
    'spec.service.name spec.service.port spec.service.portName spec.service.targetPort spec.service.appProtocol',
    'spec.service.trafficDistribution spec.service.portDiscovery spec.service.headless spec.service.timeout',
    'spec.service.backendTimeout spec.service.gateways spec.service.gatewayRefs.sectionName spec.service.hosts',
    'spec.service.delegation spec.service.trafficPolicy.connectionPool.http.h2UpgradePolicy',
    'spec.service.trafficPolicy.connectionPool.tcp spec.service.trafficPolicy.loadBalancer.consistentHash.httpCookie.ttl',
    'spec.service.trafficPolicy.loadBalancer.localityLbSetting.failover.to spec.service.trafficPolicy.loadBalancer.warmupDurationSecs',
    'spec.service.trafficPolicy.outlierDetection.splitExternalLocalOriginErrors spec.service.trafficPolicy.tls.sni',
    'spec.service.trafficPolicy.portLevelSettings spec.service.match.withoutHeaders spec.service.match.sourceNamespace',
    'spec.service.rewrite.type spec.service.retries.retryOn spec.service.headers.request.remove spec.service.mirror.backendRef.port',
    'spec.service.corsPolicy.allowOrigins.regex spec.service.meshName spec.service.backends spec.service.apex.labels',
    'spec.service.primary.annotations spec.service.canary.labels spec.service.unmanagedMetadata.annotations',
    'spec.analysis.interval spec.analysis.threshold spec.analysis.stepWeight spec.analysis.stepWeights spec.analysis.maxWeight',
    'spec.analysis.stepWeightPromotion spec.analysis.iterations spec.analysis.mirror spec.analysis.mirrorWeight',
    'spec.analysis.primaryReadyThreshold spec.analysis.canaryReadyThreshold spec.analysis.match.sourceLabels',
    'spec.analysis.metrics.thresholdRange.min spec.analysis.metrics.threshold spec.analysis.metrics.query',
    'spec.analysis.metrics.templateRef.namespace spec.analysis.metrics.templateVariables spec.analysis.alerts.providerRef.namespace',
    'spec.analysis.webhooks.muteAlert spec.analysis.webhooks.disableTLS spec.analysis.webhooks.retries',
    'spec.analysis.sessionAffinity.partitioned spec.analysis.sessionAffinity.sameSite spec.skipAnalysis',
    'spec.revertOnDeletion spec.suspend status.phase status.failedChecks status.canaryWeight status.iterations',
    'status.trackedConfigs status.lastAppliedSpec status.lastPromotedSpec status.lastTransitionTime',
    'status.sessionAffinityCookie status.previousSessionAffinityCookie status.primarySessionAffinityCookie',
    'status.conditions.lastUpdateTime status.observedGeneration status.serin',
  ],
  MetricTemplate: ['spec.provider.type spec.provider.headers spec.provider.secretRef.name spec.provider.region'],
  AlertProvider: ['spec.type spec.address spec.secretRef.name spec.channel spec.username spec.proxy'],
};

describe.each(Object.entries(fields))('%s', (kind, paths) => {
  test.each(paths.join(' ').split(' '))('has %s', (path) => {
    let node = schemaOf(kind);
    for (const part of path.split('.')) node = (node.items ?? node).properties?.[part];
    expect(node).toBeDefined();
  });
});

test('the tutorial’s Canary passes the schema, apart from the rules', () => {
  const ajv = new Ajv({ strict: false, formats: { 'date-time': true } });
  const check = ajv.compile(schemaOf('Canary'));
  check(aCanary());
  expect(check.errors).toBeNull();
  check(aCanary((canary) => Object.assign(canary.spec.analysis, { stepWeight: 1.5 })));
  expect(check.errors?.[0]?.instancePath).toBe('/spec/analysis/stepWeight');
});

test('status takes every phase, and keeps bookkeeping of later versions', () => {
  const { phase, serin } = schemaOf('Canary').properties.status.properties;
  expect(phase.enum).toEqual(PHASES);
  expect(serin['x-kubernetes-preserve-unknown-fields']).toBe(true);
});

test('no text is folded over lines, which cdk8s import cannot read', () => {
  for (const file of readdirSync(join(root, 'crds'))) {
    const lines = readFileSync(join(root, 'crds', file), 'utf8').split('\n');
    expect(lines.filter((line) => line !== '' && !/^\s*(#|- |[\w.\-/*]+:|"[^"]*":)/.test(line))).toEqual([]);
  }
});
