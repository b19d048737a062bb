/**
 * What became of every *Improve* entry of the specification: a test that is named after it, or a line in
 * docs/differences.md that says why not.
 */

export type Entry =
  /** The test file, below test/, that has a test named after the id. */
  | { done: string }
  /** Why not; docs/differences.md has a line with the id. */
  | { not: string };

const done = (file: string): Entry => ({ done: file });
const not = (why: string): Entry => ({ not: why });

const RUNS = done('improve/runs.test.ts');
const CHANGES = done('improve/changes.test.ts');
const OBJECTS = done('improve/objects.test.ts');
const WORKLOADS = done('improve/workloads.test.ts');
const PROCESS = done('improve/process.test.ts');
const SAFETY = done('controller/rollout/safety.test.ts');
const GOLDEN = done('controller/rollout/golden.test.ts');
const PROGRESS = done('controller/audit/progress-findings.test.ts');
const TARGETS = done('controller/sandbox/targets.test.ts');
const MADE = done('model/objects.test.ts');
const ISTIO = done('model/istio.test.ts');
const COOKIES = done('model/traffic/session-cookies.test.ts');
const ASKER = done('controller/analysis/metric-asker.test.ts');
const VENDORS = done('controller/analysis/vendors.test.ts');

export const LEDGER: Readonly<Record<string, Entry>> = {
  B1: RUNS,
  B2: PROGRESS,
  B3: SAFETY,
  B4: GOLDEN,
  B5: RUNS,
  B6: PROGRESS,
  B7: CHANGES,
  B8: RUNS,
  B9: RUNS,
  B10: RUNS,
  B11: PROGRESS,
  B12: RUNS,
  B13: PROCESS,
  B14: RUNS,
  B15: CHANGES,

  C1: RUNS,
  C2: SAFETY,
  C3: SAFETY,
  C4: RUNS,
  C5: SAFETY,
  C6: SAFETY,
  C7: SAFETY,
  C8: TARGETS,
  C9: CHANGES,
  C10: SAFETY,
  C11: SAFETY,
  C12: OBJECTS,
  C13: GOLDEN,
  C14: CHANGES,
  C15: CHANGES,
  C16: WORKLOADS,
  C17: CHANGES,
  C18: OBJECTS,
  C19: RUNS,
  C20: PROCESS,
  C21: RUNS,
  C22: WORKLOADS,
  C23: RUNS,
  C24: RUNS,
  C25: RUNS,
  C26: OBJECTS,
  C27: PROGRESS,
  C28: PROGRESS,
  C29: SAFETY,
  C30: SAFETY,
  C31: CHANGES,
  C32: OBJECTS,
  C33: done('controller/kube/events.test.ts'),
  C34: OBJECTS,
  C35: OBJECTS,
  C36: done('controller/telemetry/metrics.test.ts'),
  C37: PROCESS,
  C38: PROCESS,
  C39: OBJECTS,
  C40: OBJECTS,
  C41: RUNS,
  C42: not('Knative is not supported'),
  C43: PROCESS,
  C44: done('controller/telemetry/server.test.ts'),
  C45: done('controller/alerts/global-notifier.test.ts'),
  C46: OBJECTS,
  C47: RUNS,
  C48: OBJECTS,

  W1: WORKLOADS,
  W2: WORKLOADS,
  W3: MADE,
  W4: TARGETS,
  W5: SAFETY,
  W6: OBJECTS,
  W7: MADE,
  W8: OBJECTS,
  W9: done('model/revision.test.ts'),
  W10: WORKLOADS,
  W11: MADE,
  W12: MADE,
  W13: MADE,
  W14: WORKLOADS,
  W15: MADE,
  W16: OBJECTS,
  W17: OBJECTS,
  W18: OBJECTS,
  W19: not('needs a field that the API of the reference does not have'),
  W20: WORKLOADS,
  W21: SAFETY,
  W22: WORKLOADS,
  W23: done('model/names.test.ts'),
  W24: SAFETY,
  W25: WORKLOADS,
  W26: WORKLOADS,
  W27: SAFETY,

  T1: SAFETY,
  T2: ISTIO,
  T3: ISTIO,
  T4: COOKIES,
  T5: COOKIES,
  T6: COOKIES,
  T7: COOKIES,
  T8: COOKIES,
  T9: ISTIO,
  T10: ISTIO,
  T11: done('model/traffic/gateway.test.ts'),
  T12: ISTIO,
  T13: PROGRESS,
  T14: COOKIES,
  T15: done('model/traffic/weights-only.test.ts'),

  M1: ASKER,
  M2: ASKER,
  M3: done('controller/analysis/prometheus.test.ts'),
  M4: VENDORS,
  M5: done('controller/analysis/prometheus.test.ts'),
  M6: VENDORS,
  M7: OBJECTS,
  M8: RUNS,
  M9: RUNS,
  M10: done('controller/analysis/queries.test.ts'),
  M11: done('controller/analysis/queries.test.ts'),
  M12: done('controller/analysis/access.test.ts'),
  M13: done('controller/analysis/render-query.test.ts'),
  M14: VENDORS,
  M15: PROCESS,
  M16: done('controller/analysis/render-query.test.ts'),

  A1: done('controller/alerts/alert-queue.test.ts'),
  A2: RUNS,
  A3: done('controller/alerts/alert-queue.test.ts'),
  A4: done('controller/alerts/messages.test.ts'),
  A5: done('controller/alerts/messages.test.ts'),
  A6: SAFETY,
  A7: done('controller/gates/call-webhook.test.ts'),
  A8: RUNS,
  A9: done('controller/gates/signature.test.ts'),

  L1: done('loadtester/load-tester.test.ts'),
  L2: done('loadtester/servers.test.ts'),
  L3: done('loadtester/servers.test.ts'),
  L4: done('loadtester/load-tester.test.ts'),
  L5: done('loadtester/processes.test.ts'),
  L6: done('loadtester/gates.test.ts'),
  L7: done('loadtester/load-tester.test.ts'),
  L8: done('loadtester/processes.test.ts'),
};
