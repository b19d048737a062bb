/** Gates one after another, in list order, until one says no (spec behaviour-reference 5.2). */
import type { CanaryWebhook, Phase, WebhookType } from '../../model/canary';
import type { Saying } from './decision';
import { normal } from './decision';
import type { Observation } from './observation';
import { namespaceOf } from './observation';
import type { Answers, GateQuestion, WebhookPayload } from './question';
import { earlyMs, stepIntervalMs } from './workloads';

export type GatesResult =
  | { state: 'asking'; question: GateQuestion }
  | { state: 'passed'; passed: CanaryWebhook[] }
  | { state: 'stopped'; passed: CanaryWebhook[]; by: CanaryWebhook; error: string };

/** How a gate is called: the phase and checksum that its payload carries. */
export interface Call {
  phase: Phase;
  checksum: string;
}

/** Asks all hooks of a type until one fails. */
export function throughGates(seen: Observation, answers: Answers, type: WebhookType, call: Call): GatesResult {
  const passed: CanaryWebhook[] = [];
  for (const question of gateQuestions(seen, type, call)) {
    const answer = answers.gates.get(question.id);
    if (answer === undefined) return { state: 'asking', question };
    if (!answer.passed) return { state: 'stopped', passed, by: question.webhook, error: answer.error };
    passed.push(question.webhook);
  }
  return { state: 'passed', passed };
}

/** Asks all rollback hooks until one says yes. */
export function throughRollbackHooks(
  seen: Observation,
  answers: Answers,
  call: Call,
):
  | { state: 'asking'; question: GateQuestion }
  | { state: 'quiet'; asked: CanaryWebhook[] }
  | { state: 'rollback'; by: CanaryWebhook } {
  const asked: CanaryWebhook[] = [];
  for (const question of gateQuestions(seen, 'rollback', call)) {
    const answer = answers.gates.get(question.id);
    if (answer === undefined) return { state: 'asking', question };
    if (answer.passed) return { state: 'rollback', by: question.webhook };
    asked.push(question.webhook);
  }
  return { state: 'quiet', asked };
}

function gateQuestions(seen: Observation, type: WebhookType, call: Call): GateQuestion[] {
  const hooks = (seen.canary.spec.analysis.webhooks ?? []).map((webhook, index) => ({ webhook, index }));
  return hooks
    .filter(({ webhook }) => (webhook.type || 'rollout') === type)
    .map(({ webhook, index }) => ({
      ask: 'gate',
      id: `gate/${index}`,
      webhook,
      payload: payloadFor(seen, webhook, call),
      reuseMs: REUSED.has(type) ? stepIntervalMs(seen) - earlyMs(seen) - 1 : 0,
    }));
}

/** Gates that wait for somebody: a change of the cluster in between is no reason to ask them more than once an interval. */
const REUSED: ReadonlySet<WebhookType> = new Set([
  'confirm-rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'rollback',
]);

export function payloadFor(seen: Observation, webhook: CanaryWebhook, call: Call): WebhookPayload {
  const metadata = webhook.metadata ?? {};
  return {
    name: seen.canary.metadata.name,
    namespace: namespaceOf(seen),
    phase: call.phase,
    checksum: call.checksum,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** `<Title> check <h> passed`, one for each. */
export const passedTexts = (title: string, hooks: CanaryWebhook[]): Saying[] =>
  hooks.map((hook) => normal(`${title} check ${hook.name} passed`));
