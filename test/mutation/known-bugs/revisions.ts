/** Wrong answers to "is this new?". */
import type { KnownBug } from './bug.ts';

const ORDER = 'test/controller/rollout/order.test.ts';
const SAFETY = 'test/controller/rollout/safety.test.ts';
const CHANGE = 'controller/rollout/revision-change.ts';

export const bugs: KnownBug[] = [
  {
    name: 'stale-hash',
    why: 'what is promoted is recorded under the hash of another template',
    edits: [
      {
        file: CHANGE,
        was: '  hash: targetHash(target),',
        becomes: "  hash: (STALE[target.metadata.uid ?? ''] ??= targetHash(target)),",
      },
      {
        file: CHANGE,
        was: 'export type Change =',
        becomes: 'const STALE: Record<string, string> = {};\nexport type Change =',
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'retrying-a-hook-as-a-new-release',
    why: 'receivers tell releases by the checksum: one that moves makes each retry a new one',
    edits: [
      {
        file: CHANGE,
        was: 'webhookChecksum(revision.configs, revision.hash);',
        becomes: 'webhookChecksum(revision.configs, revision.hash + String(tries++));',
      },
      { file: CHANGE, was: 'export type Change =', becomes: 'let tries = 0;\nexport type Change =' },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'failed-revision-retried-by-itself',
    why: 'what was rolled back is tried again and again (A#2929, F#780)',
    edits: [
      {
        file: CHANGE,
        was: "if (revision.hash === status.lastAppliedSpec && decidedConfigs) return 'none';",
        becomes:
          "if (revision.hash === status.lastAppliedSpec && decidedConfigs && status.phase !== 'Failed') return 'none';",
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts', SAFETY],
  },
  {
    name: 'unreadable-config-as-change',
    why: 'a leader change of etcd starts a run of every Canary (F#989)',
    edits: [
      {
        file: CHANGE,
        was: "if (answer?.outcome === 'error' || answer?.outcome === 'missing') return { unknown: answer.message };",
        becomes: "if (answer?.outcome === 'error' || answer?.outcome === 'missing') known[id] = 'unknown';",
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'foreign-hash-as-change',
    why: 'taking over from another controller re-rolls everything (F#1799, F#1673, F#1201)',
    edits: [
      {
        file: 'controller/rollout/phases/takeover.ts',
        was: 'if (!isForeignHash(seen.canary.status?.lastAppliedSpec) || seen.target === undefined) return undefined;',
        becomes: 'if (seen.now > 0) return undefined;',
      },
    ],
    caughtBy: ['test/controller/sandbox/takeover.test.ts'],
  },
  {
    name: 'empty-defaults-as-change',
    why: 'an API server that begins to write a default re-rolls everything (F#1799)',
    edits: [
      {
        file: 'model/revision.ts',
        was: 'canonicalJson(meaningful(value) ?? null)',
        becomes: 'canonicalJson(value ?? null)',
      },
    ],
    caughtBy: ['test/model/revision.test.ts'],
  },
  {
    name: 'stale-view-of-the-target-believed',
    why: 'a cache that lags withdraws a run, or starts one (A#3316, A#4073)',
    edits: [{ file: 'controller/rollout/decide.ts', was: '  stale,\n  unsound,', becomes: '  unsound,' }],
    caughtBy: ['test/controller/audit/second-round.test.ts'],
  },
  {
    name: 'lost-primary-made-from-the-target',
    why: 'what was never analysed gets all traffic (C6, F#1577)',
    edits: [
      {
        file: 'controller/rollout/phases/lost-primary.ts',
        was: 'if (present !== undefined && hasPassed(seen) && isDecided(seen, present)) {',
        becomes: 'if (present !== undefined) {',
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'config-copied-that-was-not-analysed',
    why: 'the primary gets a config that came after the last check (W8)',
    edits: [
      {
        file: 'controller/apply.ts',
        was: 'if (configChecksum(source) !== effect.checksum) {',
        becomes: 'if (effect.checksum === undefined) {',
      },
    ],
    caughtBy: ['test/improve/objects.test.ts'],
  },
  {
    name: 'promotion-forgets-its-config-checksums',
    why: 'every later look finds a change in the configs',
    edits: [
      {
        file: 'controller/rollout/phases/idle.ts',
        was: '      lastAppliedSpec: revision.hash,\n      trackedConfigs: revision.configs,\n      runs:',
        becomes: '      lastAppliedSpec: revision.hash,\n      runs:',
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'two-canaries-on-one-target',
    why: 'they fight over its replicas for ever',
    edits: [{ file: 'controller/rollout/decide.ts', was: '  collides,\n', becomes: '' }],
    caughtBy: [SAFETY],
  },
  {
    name: 'approval-of-another-revision',
    why: 'what was pushed mid-run runs on the approval of what it replaces (C28)',
    edits: [
      {
        file: 'controller/rollout/phases/progressing.ts',
        was: 'if (approved === undefined || approved === call.checksum) return undefined;',
        becomes: 'if (seen.now > 0) return undefined;',
      },
    ],
    caughtBy: ['test/controller/audit/progress-findings.test.ts'],
  },
];
