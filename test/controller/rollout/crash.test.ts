/** Sieve's first pattern on pure decisions: the process dies right before or right after each write; the end is the same. */
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from './stage';

interface Scenario {
  name: string;
  analysis: Parameters<typeof aCanary>[0];
  successRate: number;
  ends: 'Succeeded' | 'Failed';
}

const SCENARIOS: Scenario[] = [
  { name: 'a promotion', analysis: {}, successRate: 100, ends: 'Succeeded' },
  { name: 'a rollback', analysis: {}, successRate: 50, ends: 'Failed' },
  { name: 'a mirrored release', analysis: { iterations: 2, mirror: true }, successRate: 100, ends: 'Succeeded' },
  { name: 'a promotion in steps', analysis: { stepWeightPromotion: 25 }, successRate: 100, ends: 'Succeeded' },
];

function staged({ analysis, successRate }: Scenario): Stage {
  const webhooks = [aHook('post', 'post-rollout')];
  const stage = new Stage(aCanary({ ...analysis, webhooks }), aDeployment());
  stage.metrics['request-success-rate'] = successRate;
  return stage;
}

/** Plays a whole release; a crash is followed by a new process. */
async function play(stage: Stage, ends: string): Promise<{ writes: number }> {
  const survive = async (work: () => Promise<unknown>) => {
    for (let crashes = 0; ; crashes++) {
      try {
        return await work();
      } catch (error) {
        if (!(error as Error).message.includes('crash') || crashes > 3) throw error;
        stage.crash = undefined;
        stage.restart();
      }
    }
  };
  await survive(() => stage.until('Initialized'));
  await survive(() => stage.after(10));
  stage.setImage('stefanprodan/podinfo:3.1.1');
  await survive(() => stage.until(ends));
  await survive(() => stage.after(10));
  return { writes: stage.rows.flatMap((row) => row.writes).length };
}

/** What must be equal however often the process died. */
function outcome(stage: Stage) {
  const image = (name: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: raw JSON
    (stage.get('Deployment', name) as any).spec.template.spec.containers[0].image as string;
  const { phase, canaryWeight, iterations, lastPromotedSpec, lastAppliedSpec } = stage.status;
  const last = stage.rows.at(-1);
  return {
    phase,
    canaryWeight,
    iterations,
    promoted: lastPromotedSpec === lastAppliedSpec,
    routes: last?.routes,
    target: last?.replicas,
    primary: image('podinfo-primary'),
    postHookCalled: stage.rows.some((row) => row.calls.includes('post')),
  };
}

describe.each(SCENARIOS)('$name survives a crash', (scenario) => {
  test.each([true, false])('at each write, having taken effect: %s', async (takesEffect) => {
    const unperturbed = staged(scenario);
    const { writes } = await play(unperturbed, scenario.ends);
    const expected = outcome(unperturbed);
    expect(expected.phase).toBe(scenario.ends);
    expect(expected.postHookCalled).toBe(true);
    const copies = (stage: Stage) =>
      stage.rows.flatMap((row) => row.writes).filter((write) => write === 'replace Deployment/podinfo-primary').length;

    for (let n = 0; n < writes; n++) {
      const stage = staged(scenario);
      stage.crash = { afterWrites: n, takesEffect };
      await play(stage, scenario.ends);
      expect({ n, ...outcome(stage) }).toEqual({ n, ...expected });
      expect(copies(stage)).toBeLessThanOrEqual(copies(unperturbed) + (takesEffect ? 0 : 1));
    }
  });
});
