/**
 * Every thread that our research on other controllers names, and what became of it here: a test that shows that the bug
 * is not ours, or why there is none. `F` is fluxcd/flagger, `A` argoproj/argo-rollouts, `PR` their pull requests.
 */

export type Entry =
  /** A test file below test/, and words of the title of a test in it. */
  | { file: string; title: string }
  /** Why no test of the controller can be about it. */
  | { not: string };

const shown = (file: string, title: string): Entry => ({ file, title });
const not = (why: string): Entry => ({ not: why });

const HERE = 'peers/regressions.test.ts';
const SAFETY = 'controller/audit/safety-findings.test.ts';
const PROGRESS = 'controller/audit/progress-findings.test.ts';
const RUNS = 'improve/runs.test.ts';
const GOLDEN = 'controller/rollout/golden.test.ts';
const CACHE = 'controller/kube/cache.test.ts';

const UI = not('a dashboard or page: this package has none with users or sessions');
const OTHERS_SIZE = not('a figure or a limit of that controller, no behaviour: bench/ measures ours');
const AUTHORING = not('authoring, not the controller: test/constructs, test/pulumi and test/package are about it');
const WANTED = not('a feature that users ask for, no fault: there is nothing to regress from');
const COORDINATED = not('several Canaries or clusters that move together: not part of this API');
const GITOPS = not('what Argo CD and Flux make of objects: the constructs emit the rules, issue 5 tests them');
const NO_DATA = shown(RUNS, 'M9: with noData: pause a step without samples yet is no failed check');
const STALE = shown('controller/audit/second-round.test.ts', 'N10: a stale view of the target neither withdraws');
const DEADLINE = shown(RUNS, 'A2, C1: %s past its deadline alerts and says why');
const TAKEOVER = shown('controller/sandbox/takeover.test.ts', '');
const HERD = shown('controller/rollout/capacity-phase.test.ts', 'the autoscaler’s minimum goes first');
const ONCE = shown('controller/alerts/alert-queue.test.ts', 'the same alert of a run is sent once');
const SERIES = shown('controller/telemetry/metrics.test.ts', 'C36: a deleted Canary leaves no series');
const ORDER = shown('controller/rollout/drain.test.ts', 'routes that were written right before a crash');
const CONFIGS = shown('improve/objects.test.ts', 'C48: a config that changes half-way is tested in pods that have it');
const IDLE = shown('improve/process.test.ts', 'C37: a failed and idle Canary costs no requests');

export const LEDGER: Readonly<Record<string, Entry>> = {
  'A#180': NO_DATA,
  'A#352': not('waiting for an outcome from a shell: kstatus conditions, test/controller/rollout/record.test.ts'),
  'A#451': COORDINATED,
  'A#459': NO_DATA,
  'A#720': shown(CACHE, 'is seen at once, and told once when the watch confirms it'),
  'A#849': shown(PROGRESS, 'P25: an idle hand-edit of the split'),
  'A#869': shown(RUNS, 'B1, C23: a run costs its analysis, and next to nothing beside it'),
  'A#958': CONFIGS,
  'A#1187': not('a linter: serin lint'),
  'A#1244': CONFIGS,
  'A#1292': shown(HERE, 'A#1292'),
  'A#1297': CONFIGS,
  'A#1323': UI,
  'A#1415': shown(HERE, 'A#1415'),
  'A#1466': shown(HERE, 'A#1466'),
  'A#1667': ONCE,
  'A#1677': DEADLINE,
  'A#1774': shown(PROGRESS, 'P5: skipAnalysis releases a fix although the primary is broken'),
  'A#1838': ORDER,
  'A#1896': UI,
  'A#1905': NO_DATA,
  'A#2005': COORDINATED,
  'A#2088': COORDINATED,
  'A#2095': UI,
  'A#2166': not('objects of analysis that pile up: an analysis is no object here'),
  'A#2507': ORDER,
  'A#2556': ONCE,
  'A#2669': CONFIGS,
  'A#2737': COORDINATED,
  'A#2855': OTHERS_SIZE,
  'A#2857': HERD,
  'A#2929': shown(HERE, 'A#2929'),
  'A#3112': OTHERS_SIZE,
  'A#3304': WANTED,
  'A#3316': STALE,
  'A#3503': NO_DATA,
  'A#3849': HERD,
  'A#3854': GITOPS,
  'A#3976': UI,
  'A#3988': DEADLINE,
  'A#4008': SERIES,
  'A#4073': shown(CACHE, 'a stale watch event does not undo it'),
  'A#4128': DEADLINE,
  'A#4195': ORDER,
  'A#4347': HERD,
  'A#4390': ORDER,
  'A#4565': COORDINATED,
  'A#4571': SERIES,
  'A#4672': not('kstatus conditions: test/controller/rollout/record.test.ts'),
  'A#4694': shown(CACHE, 'finds lost changes and lost deletions, tells nothing else'),
  'A#4764': shown('controller/alerts/alert-queue.test.ts', 'its id is stable'),
  'A#4842': STALE,
  'A#4847': HERD,
  'APR#726': shown(CACHE, 'an older answer does not undo what the watch told'),
  'APR#1679': OTHERS_SIZE,
  'APR#2851': SERIES,
  'APR#3929': SERIES,
  'APR#4044': shown(CACHE, 'does not bring back what has been deleted since'),
  'APR#4415': ORDER,
  'APR#4631': SERIES,
  'APR#4666': OTHERS_SIZE,
  'APR#4690': UI,
  'F#189': shown(HERE, 'F#189'),
  'F#225': WANTED,
  'F#274': WANTED,
  'F#312': AUTHORING,
  'F#360': HERD,
  'F#371': COORDINATED,
  'F#381': shown(GOLDEN, 'stepWeightPromotion'),
  'F#410': WANTED,
  'F#413': WANTED,
  'F#453': WANTED,
  'F#468': WANTED,
  'F#523': DEADLINE,
  'F#574': HERD,
  'F#631': COORDINATED,
  'F#635': shown(RUNS, 'C19: stepWeightPromotion with nothing left on the canary ends'),
  'F#638': IDLE,
  'F#639': shown(RUNS, 'C4: after a failed promotion the fix is released'),
  'F#658': IDLE,
  'F#673': WANTED,
  'F#676': WANTED,
  'F#682': WANTED,
  'F#724': WANTED,
  'F#738': WANTED,
  'F#739': WANTED,
  'F#773': ORDER,
  'F#780': shown(HERE, 'F#780'),
  'F#784': WANTED,
  'F#795': NO_DATA,
  'F#830': not('waiting for an outcome from a shell: kstatus conditions, test/controller/rollout/record.test.ts'),
  'F#862': shown(HERE, 'A#2929'),
  'F#883': NO_DATA,
  'F#926': shown('controller/alerts/messages.test.ts', 'in their order, the cluster first'),
  'F#928': shown('improve/workloads.test.ts', 'W2: a primary that was changed by hand is said, and left alone'),
  'F#989': shown('improve/changes.test.ts', 'B7: a config that cannot be found is not a change'),
  'F#1005': NO_DATA,
  'F#1011': NO_DATA,
  'F#1035': NO_DATA,
  'F#1069': COORDINATED,
  'F#1123': NO_DATA,
  'F#1137': WANTED,
  'F#1147': not('a gauge: test/controller/telemetry'),
  'F#1152': shown(HERE, 'A#2929'),
  'F#1166': WANTED,
  'F#1186': WANTED,
  'F#1201': TAKEOVER,
  'F#1209': HERD,
  'F#1235': not('batched queries: issue 7'),
  'F#1247': DEADLINE,
  'F#1310': shown(HERE, 'A#2929'),
  'F#1330': NO_DATA,
  'F#1344': WANTED,
  'F#1353': shown(HERE, 'F#1353'),
  'F#1358': WANTED,
  'F#1419': AUTHORING,
  'F#1504': GITOPS,
  'F#1515': ONCE,
  'F#1519': COORDINATED,
  'F#1577': not('a cluster rebuilt from Git mid-run: what was promoted is in the old cluster alone'),
  'F#1578': DEADLINE,
  'F#1581': shown(HERE, 'F#1581'),
  'F#1588': DEADLINE,
  'F#1591': DEADLINE,
  'F#1600': HERD,
  'F#1633': NO_DATA,
  'F#1663': DEADLINE,
  'F#1673': TAKEOVER,
  'F#1681': shown(PROGRESS, 'P5: skipAnalysis releases a fix although the primary is broken'),
  'F#1684': WANTED,
  'F#1689': NO_DATA,
  'F#1700': COORDINATED,
  'F#1715': WANTED,
  'F#1799': TAKEOVER,
  'F#1800': WANTED,
  'F#1807': WANTED,
  'F#1810': shown(RUNS, 'B12, M8: every check of an analysis is recorded'),
  'F#1898': shown(GOLDEN, 'failed promotion sends traffic to whoever is ready'),
  'F#1899': WANTED,
  'F#1932': shown(
    SAFETY,
    'S8: a failed promotion leaves no weight on a primary without pods while the canary has some',
  ),
  'FPR#643': OTHERS_SIZE,
  'FPR#723': OTHERS_SIZE,
  'FPR#1391': WANTED,
  'FPR#1421': AUTHORING,
  'FPR#1931': shown(GOLDEN, 'failed promotion sends traffic to whoever is ready'),
  'FPR#1942': TAKEOVER,
  'devantler-tech/platform/issues/2387': shown(
    'controller/rollout/safety.test.ts',
    'C2, B3: a fix pushed after a failure',
  ),
  'defenseunicorns/pepr/pull/3052': shown(CACHE, 'a throwing listener: the object is held'),
  'kubernetes-client/javascript/issues/596': shown(CACHE, 'a silent connection: gives up after the idle limit'),
  'kubernetes-client/javascript/issues/1933': shown(CACHE, 'a server that closes each watch at once'),
};
