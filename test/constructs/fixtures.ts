import { ApiObject, App, Chart, Duration } from 'cdk8s';
import * as plus27 from 'cdk8s-plus-27';
import * as plus33 from 'cdk8s-plus-33';
import { Canary, type CanaryAnalysis, type CanaryProps } from '../../constructs';

/** The same program with the oldest and the newest cdk8s-plus that we promise. */
export const PLUS_VERSIONS = [
  { name: 'cdk8s-plus-27', plus: plus27 },
  // The two differ in nothing that a fixture touches; one type for both keeps it readable.
  { name: 'cdk8s-plus-33', plus: plus33 as unknown as typeof plus27 },
];

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked at field by field.
export type Manifest = any;

export const ANALYSIS: CanaryAnalysis = { interval: Duration.minutes(1), threshold: 5, stepWeight: 10 };

export function aChart(): Chart {
  return new Chart(new App(), 'podinfo', { namespace: 'test' });
}

export function aChartWithoutNamespace(): Chart {
  return new Chart(new App(), 'podinfo');
}

/** A Deployment without cdk8s-plus. */
export function aDeployment(scope: Chart, podSpec: object = {}, matchLabels: object = { app: 'podinfo' }): ApiObject {
  return new ApiObject(scope, 'podinfo', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo' },
    spec: {
      replicas: 2,
      selector: { matchLabels },
      template: {
        metadata: { labels: { app: 'podinfo' } },
        spec: { containers: [{ name: 'podinfod', image: 'stefanprodan/podinfo:3.1.0' }], ...podSpec },
      },
    },
  });
}

/** A Canary of that Deployment; `props` win. */
export function aCanary(scope: Chart, props: Partial<CanaryProps> = {}, id = 'canary'): Canary {
  const target = props.target ?? aDeployment(scope);
  return new Canary(scope, id, { target, service: { port: 9898 }, analysis: ANALYSIS, ...props });
}

/** What synthesis writes for the chart, by `Kind/name`. */
export function synthesised(chart: Chart): Record<string, Manifest> {
  const objects: Manifest[] = chart.toJson();
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}
