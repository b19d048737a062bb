/**
 * What a synthesis costs, counted: how often each manifest is made, whatever the number of charts (cdk8s validates the whole
 * program anew for each). Times are in bench/synth.mts.
 */
import { ApiObject, App, Chart, Duration, JsonPatch } from 'cdk8s';
import { Bootstrap, Canary, Metric, Strategy } from '../../constructs';

const labels = { app: 'web' };

/** An ApiObject that counts how often its manifest is made. */
class Counted extends ApiObject {
  public made = 0;

  // biome-ignore lint/suspicious/noExplicitAny: the signature is cdk8s' own.
  public override toJson(): any {
    this.made += 1;
    return super.toJson();
  }
}

function release(chart: Chart, bootstrap = Bootstrap.CONTROLLER) {
  const target = new Counted(chart, 'target', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', ports: [{ containerPort: 80 }] }] } },
    },
  });
  const autoscaler = new Counted(chart, 'autoscaler', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 4 },
  });
  const canary = new Canary(chart, 'canary', {
    target,
    autoscaler,
    bootstrap,
    analysis: {
      interval: Duration.minutes(1),
      threshold: 5,
      strategy: Strategy.progressive({ stepWeight: 10 }),
      metrics: [Metric.successRate({ min: 99 })],
    },
  });
  return { target, autoscaler, canary };
}

function program(charts: number, bootstrap = Bootstrap.CONTROLLER) {
  const app = new App();
  const names = Array.from({ length: charts }, (_, index) => `team-${index}`);
  const releases = names.map((namespace) => release(new Chart(app, namespace, { namespace }), bootstrap));
  for (const { target, autoscaler } of releases) {
    target.made = 0;
    autoscaler.made = 0;
  }
  return { app, releases };
}

it.each([1, 5, 20])('of %i charts makes each target twice: for the rules and for the file', (charts) => {
  const { app, releases } = program(charts);
  const canary = jest.spyOn(ApiObject.prototype, 'toJson');
  app.synthYaml();
  const ofCanaries = canary.mock.contexts.filter((object) => (object as ApiObject).kind === 'Canary');
  canary.mockRestore();
  expect(releases.map(({ target }) => target.made)).toEqual(Array(charts).fill(2));
  expect(releases.map(({ autoscaler }) => autoscaler.made)).toEqual(Array(charts).fill(2));
  expect(ofCanaries).toHaveLength(charts);
});

it('derives what Bootstrap.SYNTH adds once a synthesis, whatever the number of charts', () => {
  const made = [1, 10].map((charts) => {
    const { app, releases } = program(charts, Bootstrap.SYNTH);
    app.synthYaml();
    return releases[0]?.target.made;
  });
  expect(made[1]).toBe(made[0]);
});

describe('what changes between two syntheses is seen', () => {
  const LABEL = '/spec/selector/matchLabels/app';

  it('a mistake, and its correction', () => {
    const { app, releases } = program(2);
    const { target } = releases[0]!;
    expect(() => app.synthYaml()).not.toThrow();
    target.addJsonPatch(JsonPatch.remove(LABEL));
    expect(() => app.synthYaml()).toThrow('[team-0/canary] target:');
    target.addJsonPatch(JsonPatch.add(LABEL, 'web'));
    expect(() => app.synthYaml()).not.toThrow();
  });

  it('when a single chart is rendered, too', () => {
    const { app, releases } = program(2);
    const chart = app.charts[0]!;
    const metrics = () => chart.toJson().find(({ kind }: { kind: string }) => kind === 'Canary').spec.analysis.metrics;
    expect(metrics()).toHaveLength(1);
    releases[0]?.canary.addMetric(Metric.duration({ max: Duration.millis(500) }));
    expect(metrics()).toHaveLength(2);
  });
});
