/**
 * Every thread that our research on other controllers names, and what became of it here: the file with the test that is named
 * after it, or why there is none. `F` is fluxcd/flagger, `A` argoproj/argo-rollouts, `PR` their pull requests; `javascript`
 * is kubernetes-client/javascript, `pepr` defenseunicorns/pepr.
 */

export type Entry =
  /** A test file below test/, with a test whose title has the thread's id. */
  | { file: string }
  /** What of Serin it would have to be about, and is not there; docs/trust.md lists these. */
  | { not: string };

const shown = (file: string): Entry => ({ file });
const not = (why: string): Entry => ({ not: why });

const LINT = shown('cli/lint.test.ts');
const GITOPS = shown('cluster/gitops.test.ts');
const CANARY_POLICY = shown('constructs/canary-policy.test.ts');
const ALERT_QUEUE = shown('controller/alerts/alert-queue.test.ts');
const MESSAGES = shown('controller/alerts/messages.test.ts');
const METRIC_ASKER = shown('controller/analysis/metric-asker.test.ts');
const PROMETHEUS = shown('controller/analysis/prometheus.test.ts');
const QUERY_BATCHES = shown('controller/analysis/query-batches.test.ts');
const VENDORS = shown('controller/analysis/vendors.test.ts');
const PROGRESS_FINDINGS = shown('controller/audit/progress-findings.test.ts');
const SAFETY_FINDINGS = shown('controller/audit/safety-findings.test.ts');
const SECOND_ROUND = shown('controller/audit/second-round.test.ts');
const CACHE = shown('controller/kube/cache.test.ts');
const DELIVERED = shown('controller/rollout/delivered.test.ts');
const DRAIN = shown('controller/rollout/drain.test.ts');
const GOLDEN = shown('controller/rollout/golden.test.ts');
const ORDER = shown('controller/rollout/order.test.ts');
const RECORD = shown('controller/rollout/record.test.ts');
const SAFETY = shown('controller/rollout/safety.test.ts');
const CAPACITY = shown('controller/sandbox/capacity.test.ts');
const TAKEOVER = shown('controller/sandbox/takeover.test.ts');
const METRICS = shown('controller/telemetry/metrics.test.ts');
const CHANGES = shown('improve/changes.test.ts');
const OBJECTS = shown('improve/objects.test.ts');
const RUNS = shown('improve/runs.test.ts');
const WORKLOADS = shown('improve/workloads.test.ts');
const CDK8S_IMPORT = shown('package/cdk8s-import.test.ts');
const ENDS = shown('peers/ends.test.ts');
const KEPT = shown('peers/kept.test.ts');
const MANY = shown('peers/many.test.ts');
const NO_DATA = shown('peers/no-data.test.ts');
const REGRESSIONS = shown('peers/regressions.test.ts');
const REPLICAS = shown('peers/replicas.test.ts');
const OUTCOMES = shown('testing/outcomes.test.ts');

const UI = not('a dashboard with users or sessions');
const TOGETHER = not('several Canaries or clusters that move together');
const SIZES = not('figures of that controller with thousands of objects, no behaviour; docs/performance.md has ours');
const WINDOW = not('a way back to older revisions without an analysis');
const BASELINE = not('a baseline: a fresh copy of the running version');
const KINDS = not('StatefulSets as targets');
const FIRST = not('checks of a first deployment, and skipping them by annotation or hook');
const GIT = not('writing to Git');
const LINKS = not('buttons in chats');
const PODS = not('a number of canary replicas of its own: W19 in docs/differences.md');

export const LEDGER: Readonly<Record<string, Entry>> = {
  'A#180': PROMETHEUS,
  'A#352': RECORD,
  'A#451': TOGETHER,
  'A#459': PROMETHEUS,
  'A#720': CACHE,
  'A#849': PROGRESS_FINDINGS,
  'A#869': RUNS,
  'A#958': KEPT,
  'A#1187': LINT,
  'A#1244': KEPT,
  'A#1292': REGRESSIONS,
  'A#1297': KEPT,
  'A#1323': UI,
  'A#1415': REGRESSIONS,
  'A#1466': REGRESSIONS,
  'A#1667': REPLICAS,
  'A#1677': ENDS,
  'A#1774': PROGRESS_FINDINGS,
  'A#1838': ORDER,
  'A#1896': UI,
  'A#1905': RUNS,
  'A#2005': TOGETHER,
  'A#2088': TOGETHER,
  'A#2095': UI,
  'A#2166': RECORD,
  'A#2507': ORDER,
  'A#2556': REPLICAS,
  'A#2669': OBJECTS,
  'A#2737': TOGETHER,
  'A#2855': SIZES,
  'A#2857': KEPT,
  'A#2929': REGRESSIONS,
  'A#3112': SIZES,
  'A#3304': WINDOW,
  'A#3316': SECOND_ROUND,
  'A#3503': VENDORS,
  'A#3849': KEPT,
  'A#3854': KEPT,
  'A#3976': UI,
  'A#3988': ENDS,
  'A#4008': METRICS,
  'A#4073': CACHE,
  'A#4128': ENDS,
  'A#4195': DRAIN,
  'A#4347': KEPT,
  'A#4390': KEPT,
  'A#4565': TOGETHER,
  'A#4571': METRICS,
  'A#4672': RECORD,
  'A#4694': CACHE,
  'A#4764': RUNS,
  'A#4842': SECOND_ROUND,
  'A#4847': KEPT,
  'APR#726': CACHE,
  'APR#1679': MANY,
  'APR#2851': METRICS,
  'APR#3929': METRICS,
  'APR#4044': CACHE,
  'APR#4415': KEPT,
  'APR#4631': METRICS,
  'APR#4666': CACHE,
  'APR#4690': UI,
  'F#189': REGRESSIONS,
  'F#225': BASELINE,
  'F#274': KEPT,
  'F#312': CANARY_POLICY,
  'F#360': CAPACITY,
  'F#371': TOGETHER,
  'F#381': GOLDEN,
  'F#410': KINDS,
  'F#413': ENDS,
  'F#453': WINDOW,
  'F#468': WINDOW,
  'F#523': ENDS,
  'F#574': DELIVERED,
  'F#631': TOGETHER,
  'F#635': RUNS,
  'F#638': MANY,
  'F#639': RUNS,
  'F#658': MANY,
  'F#673': KEPT,
  'F#676': FIRST,
  'F#682': GIT,
  'F#724': ENDS,
  'F#738': ENDS,
  'F#739': METRIC_ASKER,
  'F#773': DRAIN,
  'F#780': REGRESSIONS,
  'F#784': OUTCOMES,
  'F#795': NO_DATA,
  'F#830': RECORD,
  'F#862': ENDS,
  'F#883': NO_DATA,
  'F#926': MESSAGES,
  'F#928': WORKLOADS,
  'F#989': CHANGES,
  'F#1005': NO_DATA,
  'F#1011': NO_DATA,
  'F#1035': NO_DATA,
  'F#1069': TOGETHER,
  'F#1123': RUNS,
  'F#1137': FIRST,
  'F#1147': METRICS,
  'F#1152': ENDS,
  'F#1166': ENDS,
  'F#1186': ENDS,
  'F#1201': TAKEOVER,
  'F#1209': PODS,
  'F#1235': QUERY_BATCHES,
  'F#1247': ENDS,
  'F#1310': ENDS,
  'F#1330': NO_DATA,
  'F#1344': LINKS,
  'F#1353': REGRESSIONS,
  'F#1358': OUTCOMES,
  'F#1419': CDK8S_IMPORT,
  'F#1504': GITOPS,
  'F#1515': ALERT_QUEUE,
  'F#1519': TOGETHER,
  'F#1577': GITOPS,
  'F#1578': ENDS,
  'F#1581': REGRESSIONS,
  'F#1588': ENDS,
  'F#1591': ENDS,
  'F#1600': CAPACITY,
  'F#1633': NO_DATA,
  'F#1663': RUNS,
  'F#1673': TAKEOVER,
  'F#1681': PROGRESS_FINDINGS,
  'F#1684': PODS,
  'F#1689': NO_DATA,
  'F#1700': TOGETHER,
  'F#1715': KEPT,
  'F#1799': TAKEOVER,
  'F#1800': WINDOW,
  'F#1807': KEPT,
  'F#1810': RUNS,
  'F#1898': SAFETY_FINDINGS,
  'F#1899': FIRST,
  'F#1932': SAFETY_FINDINGS,
  'FPR#643': MANY,
  'FPR#723': MANY,
  'FPR#1391': KINDS,
  'FPR#1421': CDK8S_IMPORT,
  'FPR#1931': SAFETY_FINDINGS,
  'FPR#1942': TAKEOVER,
  'devantler-tech/platform#2387': SAFETY,
  'javascript#596': CACHE,
  'javascript#1933': CACHE,
  'pepr#3052': CACHE,
};
