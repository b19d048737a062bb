import type { Canary, CanaryAnalysis } from '../canary';
import type { KubeObject } from '../kube';
import type { Problem } from '../problem';
import type { Schedule } from './schedule';

/** What advice is about. */
export interface Subject {
  canary: Canary;
  analysis: CanaryAnalysis;
  schedule: Schedule;
  objects: readonly KubeObject[];
  requestsPerSecond: number | undefined;
}

export const warning = (path: string, value: unknown, message: string, remedy: string): Problem => ({
  path,
  value,
  message,
  remedy,
  severity: 'warning',
});
