/** A Stage's journal as lines that people can read and compare. */
import type { Decision, Effect } from '../../../controller/rollout/decision';
import type { Question } from '../../../controller/rollout/question';
import type { CanaryCondition } from '../../../model/canary';
import type { Stage } from './stage';

/** What was asked or decided before, word by word, is left out: most looks only wait. */
export function traceOf(stage: Stage): string[] {
  const told = new Set<string>();
  return stage.journal.flatMap((entry) => {
    const lines = 'do' in entry ? decisionLines(entry) : [questionLine(entry)];
    const text = lines.join('\n');
    if (told.has(text)) return [];
    told.add(text);
    return lines;
  });
}

const questionLine = (question: Question): string => `? ${JSON.stringify(question)}`;

function decisionLines(decision: Decision): string[] {
  const { reason, requeueAfterMs, routes, tellsFirst, effects, afterwards, status, says, alerts, facts } = decision;
  const { conditions = [], ...rest } = status;
  const again = requeueAfterMs === undefined ? 'on a change' : `in ${requeueAfterMs} ms`;
  return [
    `${reason}, again ${again}${tellsFirst ? ', tells first' : ''}`,
    ...(routes ? [`  routes ${JSON.stringify(routes)}`] : []),
    ...effects.map((effect) => `  ${effectLine(effect)}`),
    ...(Object.keys(rest).length > 0 ? [`  status ${JSON.stringify(rest)}`] : []),
    ...conditions.map((condition) => `  condition ${conditionLine(condition)}`),
    ...afterwards.map((effect) => `  then ${effectLine(effect)}`),
    ...says.map((saying) => `  says ${JSON.stringify(saying)}`),
    ...alerts.map((alert) => `  alert ${JSON.stringify(alert)}`),
    ...facts.map((fact) => `  fact ${JSON.stringify(fact)}`),
  ];
}

const conditionLine = ({ type, status, reason, message }: CanaryCondition): string =>
  `${type}=${status} ${reason}: ${message}`;

function effectLine(effect: Effect): string {
  const { context, repair } = effect;
  const end = `${repair ? ' (repair)' : ''}: ${context}`;
  if (effect.write === 'copyConfig') return `${effect.write} ${effect.kind}/${effect.name} ${effect.checksum}${end}`;
  const kind = effect.type.kind;
  if (effect.write === 'patch') return `patch ${kind}/${effect.name} ${JSON.stringify(effect.patch)}${end}`;
  if (effect.write === 'delete') return `delete ${kind}/${effect.name}${end}`;
  const { apiVersion, metadata } = effect.object;
  const { name, labels = {}, annotations = {} } = metadata;
  return `${effect.write} ${apiVersion} ${kind}/${name} ${JSON.stringify({ labels, annotations })}${end}`;
}
