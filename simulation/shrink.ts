/** A failing plan cut down to what it needs to fail. */
import type { Plan } from './plan';
import { type Outcome, type RunOptions, run } from './run';

/** Simpler plans, the boldest cuts first. */
function* simpler(plan: Plan): Generator<Plan> {
  const { mishaps, scenario } = plan;
  if (mishaps.length > 1) yield { ...plan, mishaps: mishaps.slice(0, 1) };
  for (let i = mishaps.length - 1; i >= 0; i--) yield { ...plan, mishaps: mishaps.filter((_, at) => at !== i) };
  if (plan.deleted) yield { ...plan, deleted: false };
  const { slowMs: _slow, ...fast } = plan;
  if (plan.slowMs) yield fast;
  const { closed: _closed, ...open } = plan;
  if (plan.closed) yield open;
  for (const field of ['hooks', 'sessionAffinity', 'autoscaler', 'config', 'users', 'revertOnDeletion'] as const)
    if (scenario[field]) yield { ...plan, scenario: { ...scenario, [field]: false } };
  if (scenario.replicas > 1) yield { ...plan, scenario: { ...scenario, replicas: 1 } };
  if (scenario.strategy !== 'progressive' && scenario.provider !== 'kubernetes')
    yield { ...plan, scenario: { ...scenario, strategy: 'progressive' } };
  if (scenario.provider !== 'istio') yield { ...plan, scenario: { ...scenario, provider: 'istio' } };
  if (plan.last !== 'good') yield { ...plan, last: 'good' };
}

/** The smallest plan found that breaks the same invariant, with its outcome. */
export async function shrink(failed: Outcome, options: RunOptions): Promise<Outcome> {
  let smallest = failed;
  for (let progress = true; progress; ) {
    progress = false;
    for (const plan of simpler(smallest.plan)) {
      const outcome = await run(plan, options);
      if (outcome.broken?.invariant !== failed.broken?.invariant) continue;
      smallest = outcome;
      progress = true;
      break;
    }
  }
  return smallest;
}
