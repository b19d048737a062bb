/** Two replicas, lost messages, doubled ones, and one Canary that stops the others. */
import type { KnownBug } from './bug.ts';

const LEASE = 'test/controller/kube/lease.test.ts';

export const bugs: KnownBug[] = [
  {
    name: 'missing-lease-fence',
    why: 'a replica that lost the lease goes on writing (invariant 8)',
    edits: [
      {
        file: 'controller/apply.ts',
        was: "effect: Effect): Promise<void> {\n  if (!ports.mayWrite()) throw new NotLeaderError('leadership is lost: another replica goes on');",
        becomes: 'effect: Effect): Promise<void> {',
      },
    ],
    caughtBy: ['test/controller/apply.test.ts'],
  },
  {
    name: 'lease-believed-for-ever',
    why: 'a leader that hung for a minute writes beside its successor',
    edits: [
      {
        file: 'controller/kube/lease.ts',
        was: 'if (ageMs >= 0 && ageMs < this.renewDeadlineMs) return true;',
        becomes: 'return true;',
      },
    ],
    caughtBy: [LEASE],
  },
  {
    name: 'renewal-counted-from-its-answer',
    why: 'a slow API server makes two leaders',
    edits: [
      {
        file: 'controller/kube/lease.ts',
        was: '      this.lease = await this.options.client.replace<Lease>(RESOURCES.lease, next, this.call());\n      this.renewed(this.lease, askedMs);',
        becomes:
          '      this.lease = await this.options.client.replace<Lease>(RESOURCES.lease, next, this.call());\n      this.renewed(this.lease, this.options.clock.now());',
      },
    ],
    caughtBy: [LEASE],
  },
  {
    name: 'status-written-without-a-fence',
    why: 'a stale view overwrites what was decided since (A#4694)',
    edits: [
      {
        file: 'controller/apply.ts',
        was: 'const patch = fenced({ status }, moved ? undefined : resourceVersion);',
        becomes: 'const patch = { status };',
      },
    ],
    caughtBy: ['test/controller/apply.test.ts'],
  },
  {
    name: 'same-alert-twice',
    why: 'chats repeat themselves at every tick (F#1515, A#1667, A#4764)',
    edits: [{ file: 'controller/telling.ts', was: '    if (memory.said.has(text)) return false;\n', becomes: '' }],
    caughtBy: ['test/controller/rollout/safety.test.ts'],
  },
  {
    name: 'post-rollout-hook-lost',
    why: 'a run that fails never calls its post-rollout hooks (B2)',
    edits: [
      {
        file: 'controller/rollout/phases/rollback.ts',
        was: '    outbox,\n    drainUntil:',
        becomes: '    outbox: undefined,\n    drainUntil:',
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts'],
  },
  {
    name: 'delivery-id-of-its-own-for-each-retry',
    why: 'receivers cannot tell a repeat from news (A#4764)',
    edits: [
      {
        file: 'controller/gates/call-webhook.ts',
        was: "'content-type': 'application/json', ...this.options.headers,",
        becomes:
          "'content-type': 'application/json', ...this.options.headers, 'x-serin-delivery': String(this.clock.now()),",
      },
    ],
    caughtBy: ['test/controller/gates/event-hooks.test.ts'],
  },
  {
    name: 'gate-that-errs-is-open',
    why: 'a webhook server that is down approves everything',
    edits: [
      {
        file: 'controller/rollout/gates.ts',
        was: "    if (!answer.passed) return { state: 'stopped', passed, by: question.webhook, error: answer.error };\n",
        becomes: '',
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts'],
  },
  {
    name: 'rollback-hook-that-errs-rolls-back',
    why: 'a webhook server that is down ends every run',
    edits: [
      {
        file: 'controller/rollout/gates.ts',
        was: "    if (answer.passed) return { state: 'rollback', by: question.webhook };",
        becomes: "    if (!answer.passed) return { state: 'rollback', by: question.webhook };",
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts'],
  },
  {
    name: 'one-failed-tick-stops-the-loop',
    why: 'a Canary that makes no sense stops all others (invariant 9)',
    edits: [
      {
        file: 'controller/loop.ts',
        was: '      this.options.onError(key, error);\n      return { afterMs: Math.min(',
        becomes:
          '      this.options.onError(key, error);\n      this.active = false;\n      return { afterMs: Math.min(',
      },
    ],
    caughtBy: ['test/controller/loop.test.ts'],
  },
  {
    name: 'promotes-twice-after-a-crash',
    why: 'the primary rolls twice (C19)',
    edits: [{ file: 'controller/rollout/phases/progressing.ts', was: '  alreadyCopied,\n', becomes: '' }],
    caughtBy: ['test/improve/runs.test.ts'],
  },
];
