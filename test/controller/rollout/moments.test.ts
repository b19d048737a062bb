/**
 * Every moment of a Canary's life with one thing other than expected, as golden files: what is decided at the moment itself,
 * and of each twist what differs from that. UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed.
 */
import { join } from 'node:path';
import { decide } from '../../../controller/rollout/decide';
import type { Decision, Effect } from '../../../controller/rollout/decision';
import type { Observation } from '../../../controller/rollout/observation';
import type { Answers, Question } from '../../../controller/rollout/question';
import type { CanaryCondition } from '../../../model/canary';
import { differences, expectGolden, leaves, linesOf, plain } from '../../golden';
import { moments, THEMES } from './moments';
import { type Replies, type Twist, twists } from './twists';

const asUsual = (): Replies => ({
  gates: {},
  metric: { outcome: 'value', value: 100, query: 'q' },
  config: 'tracked',
  probe: { ok: true },
});

/** The decision, and all that was asked on the way to it. */
function decided(seen: Observation, replies: Replies): string[] {
  const lines: string[] = [];
  const metrics = new Map();
  const gates = new Map();
  const configs = new Map();
  let answers: Answers = { metrics, gates, configs };
  for (let round = 0; round < 20; round++) {
    const next = decide(seen, answers);
    if (next.do === 'act') return [...lines, ...decisionLines(seen, next)];
    for (const question of next.questions) {
      lines.push(questionLine(question));
      if (question.ask === 'metric') metrics.set(question.id, replies.metric);
      else if (question.ask === 'gate') gates.set(question.id, gateAnswer(question, replies));
      else if (question.ask === 'config') configs.set(question.id, configAnswer(question.id, replies.config));
      else answers = { ...answers, probe: replies.probe };
    }
  }
  throw new Error('it asks for ever');
}

function gateAnswer({ webhook }: Extract<Question, { ask: 'gate' }>, { gates }: Replies) {
  const quiet = { passed: false, error: 'Forbidden' } as const;
  return gates[webhook.name] ?? (webhook.type === 'rollback' ? quiet : ({ passed: true, body: '' } as const));
}

function configAnswer(id: string, config: Replies['config']) {
  if (config === 'ignored') return { outcome: config };
  if (config === 'missing' || config === 'error') return { outcome: config, message: `${id}: ${config}` };
  return { outcome: 'tracked', checksum: `${id} ${config}` };
}

/** A question as what is asked of whom; the hook and the metric are the spec's own. */
function questionLine({ id, ask, ...question }: Question): string {
  if ('webhook' in question) return `asks ${id} ${question.webhook.name} ${plain({ ...question, webhook: undefined })}`;
  return `asks ${id} ${plain({ ...question, metric: undefined })}`;
}

function decisionLines(seen: Observation, decision: Decision): string[] {
  const { effects, afterwards, status, says, alerts, facts, do: _, reason, ...rest } = decision;
  const { serin, conditions = [], ...fields } = status;
  const each = (name: string, all: object[]) => all.map((one) => `${name} ${plain(one)}`);
  return [
    reason,
    plain(rest),
    ...Object.entries(fields).map(([key, value]) => `status.${key} ${plain(value)}`),
    ...Object.entries(serin ?? {}).map(([key, value]) => `note ${key} ${plain(value)}`),
    ...conditions.map(conditionLine),
    ...each('says', says),
    ...each('alert', alerts),
    ...each('fact', facts),
    ...effects.map((effect, place) => `${place}. ${effectLine(seen, effect)}`),
    ...afterwards.map((effect) => `then ${effectLine(seen, effect)}`),
  ];
}

/** All conditions of a phase say the same: the first tells what, the others when. */
function conditionLine(condition: CanaryCondition, place: number): string {
  const { type, status, reason, message, lastUpdateTime, lastTransitionTime } = condition;
  const what = place === 0 ? `${reason}: ${message}` : 'so';
  return `condition ${type} ${status} ${lastUpdateTime?.slice(11)} ${lastTransitionTime?.slice(11)} ${what}`;
}

/** An object as what it changes of the live one: that is what a reader wants to know. */
function effectLine(seen: Observation, effect: Effect): string {
  if (effect.write !== 'create' && effect.write !== 'replace') {
    return plain({ ...effect, ...('type' in effect && { type: effect.type.kind }) });
  }
  const { object, type, ...rest } = effect;
  const live = [seen.target, seen.primary, ...Object.values(seen.services), seen.primaryAutoscaler, ...seen.routing];
  const before = live.find((one) => one?.kind === object.kind && one.metadata.name === object.metadata.name);
  const known = new Set(leaves('', before));
  const changed = leaves('', object).filter((line) => !known.has(line));
  return `${plain({ ...rest, type: type.kind })} ${changed.join(' ')}`;
}

/** The router and the templates are shared: nothing changes them. */
const copyOf = ({ router, templates, ...rest }: Observation): Observation => ({
  ...structuredClone(rest),
  router,
  templates,
});

function twisted(moment: Observation, twist: Twist): string[] {
  const seen = copyOf(moment);
  const replies = asUsual();
  twist(seen, replies);
  return linesOf(() => decided(seen, replies));
}

test.each(Object.keys(moments))('%s', async (name) => {
  const moment = await moments[name]!();
  const usual = twisted(moment, () => undefined);
  const blocks = (THEMES[name] ?? Object.keys(twists)).map((theme) => {
    const others = Object.entries(twists[theme]!).map(([title, twist]) => [title, twisted(moment, twist)]);
    return [`# ${theme}`, ...differences(usual, Object.fromEntries(others))];
  });
  expectGolden(join(__dirname, `moments/${name}.txt`), [...usual, ...blocks.flat()]);
});
