/** What an expert would say about a release policy that works: warnings, each with path, value and remedy. */

import { judgementAdvice } from './advice/judgement';
import { metricAdvice } from './advice/metrics';
import { noiseAdvice } from './advice/noise';
import { alertProviderAdvice, metricTemplateAdvice } from './advice/objects';
import { paceAdvice } from './advice/pace';
import { scheduleOf } from './advice/schedule';
import type { Subject } from './advice/subject';
import type { AlertProvider, Canary, MetricTemplate } from './canary';
import type { KubeObject } from './kube';
import type { Problem } from './problem';

export interface AdviseOptions {
  /** Requests to the application in a second, where they are known. */
  requestsPerSecond?: number;
  /** The objects that are applied together, for what refers to others. */
  objects?: readonly KubeObject[];
}

/** A new field of expertise is a new entry. */
const OF_CANARIES: readonly ((subject: Subject) => Problem[])[] = [
  judgementAdvice,
  paceAdvice,
  metricAdvice,
  noiseAdvice,
];

/** Warnings about a Canary, MetricTemplate or AlertProvider that `validate` finds no error in; none about other kinds. */
export function advise(object: KubeObject, options: AdviseOptions = {}): Problem[] {
  if (object.kind === 'MetricTemplate') return metricTemplateAdvice(object as MetricTemplate);
  if (object.kind === 'AlertProvider') return alertProviderAdvice(object as AlertProvider);
  if (object.kind !== 'Canary') return [];
  const canary = object as Canary;
  const { analysis } = canary.spec;
  const { objects = [], requestsPerSecond } = options;
  const subject = { canary, analysis, schedule: scheduleOf(canary), objects, requestsPerSecond };
  return OF_CANARIES.flatMap((advice) => advice(subject));
}
