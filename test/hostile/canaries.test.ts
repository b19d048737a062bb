/** Canaries that make no sense, and edits of those that did: never an exception, always a word of it. */
import fc from 'fast-check';
import type { Canary } from '../../model/canary';
import { validate } from '../../model/validate';
import { Stage } from '../controller/rollout/stage';
import { underWay } from '../controller/rollout/staged';
import { aCanary, aDeployment, aHook } from '../fixtures';
import { expectNoPollution, LIMIT_MS, nastyJson, nastyText, tried } from './cases';

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
type Raw = any;

/** Where an edit goes, what it puts there; `undefined` takes it away. */
interface Edit {
  path: string[];
  value: unknown;
}

/** A Canary with something of everything. */
const full = (): Canary =>
  aCanary(
    {
      webhooks: [aHook('gate', 'confirm-rollout'), aHook('test', 'pre-rollout', { metadata: { cmd: 'true' } })],
      metrics: [
        { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' },
        { name: 'errors', query: 'vector(1)', thresholdRange: { max: 1000 } },
        { name: 'mine', templateRef: { name: 'mine' }, thresholdRange: { max: 1000 }, templateVariables: { a: 'b' } },
      ],
      alerts: [{ name: 'chat', severity: 'info', providerRef: { name: 'chat' } }],
    },
    { service: { port: 9898, gateways: ['mesh'], hosts: ['a.example.com'], retries: { attempts: 1 } } },
  );

/** All places of an object, lists' items among them. */
function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

const places = placesOf(full().spec).filter((path) => path.length > 0);

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    path: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...places) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...places), nastyText).map(([path, key]) => [...path, key]) },
    ),
    value: fc.oneof(nastyJson, nastyText, fc.constant(undefined)),
  }),
  { minLength: 1, maxLength: 3 },
);

function edited(spec: Raw, all: Edit[]): Raw {
  const root = structuredClone(spec);
  for (const { path, value } of all) {
    let here = root;
    for (const key of path.slice(0, -1)) here = typeof here === 'object' && here !== null ? here[key] : undefined;
    if (typeof here !== 'object' || here === null) continue;
    const key = path.at(-1)!;
    // A list has no other keys in JSON.
    if (Array.isArray(here) && !/^\d$/.test(key)) continue;
    if (value === undefined) delete here[key];
    // As a JSON parser does, never through a setter.
    else Object.defineProperty(here, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return root;
}

test(
  '3,000 Canaries: each is worked on or says why not, in an event and a condition',
  async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        const canary = { ...full(), spec: edited(full().spec, all) } as Canary;
        const wrong = validate(canary).filter(({ severity }) => severity === 'error');
        const stage = new Stage(canary, aDeployment());
        for (let i = 0; i < 2; i++) {
          await stage.tick();
          stage.now += 10_000;
        }
        if (wrong.length > 0 && (stage.canary.spec as Raw).suspend !== true) {
          expect(stage.texts()).toContainEqual(expect.stringMatching(/^W invalid canary spec: /));
          expect(stage.status.conditions?.map(({ reason }) => reason)).toContain('InvalidSpec');
        }
        expectNoPollution();
      }),
      tried(3000),
    );
  },
  LIMIT_MS,
);

test(
  '150 edits in the middle of a run: no exception, sound splits, and the old spec put back goes on',
  async () => {
    const begun = await underWay({ webhooks: [aHook('gate', 'rollout')] });
    const snapshot = JSON.stringify(begun.canary);
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        const stage = await underWay({ webhooks: [aHook('gate', 'rollout')] });
        const before = structuredClone(stage.canary.spec);
        stage.edit('Canary', 'podinfo', (object) => {
          (object as Raw).spec = edited(full().spec, all);
        });
        for (let i = 0; i < 3; i++) {
          await stage.tick();
          stage.now += 10_000;
          const [primary = 0, canary = 0] = (stage.rows.at(-1)?.routes ?? '').replace('m', '').split('/').map(Number);
          if (stage.rows.at(-1)?.routes !== '-') expect(primary + canary).toBe(100);
        }
        stage.edit('Canary', 'podinfo', (object) => {
          (object as Raw).spec = before;
        });
        await stage.until('Succeeded', 3600);
      }),
      tried(150),
    );
    expect(JSON.stringify(begun.canary)).toBe(snapshot);
  },
  LIMIT_MS,
);

test(
  '500 statuses that somebody wrote by hand: no exception',
  async () => {
    const record = fc.dictionary(
      fc.constantFrom(
        'runStartedAt',
        'stepAt',
        'drainUntil',
        'outbox',
        'target',
        'provider',
        'roll',
        'rescuedFrom',
        'shape',
      ),
      fc.oneof(nastyText, fc.constantFrom('2026-11-24T12:00:00Z', 'never', '1 uid')),
    );
    const status = fc.record(
      {
        phase: fc.constantFrom(
          '',
          'Initialized',
          'Progressing',
          'Promoting',
          'Finalising',
          'Failed',
          'Succeeded',
          'Waiting',
        ),
        canaryWeight: fc.constantFrom(0, -5, 50, 1e9),
        failedChecks: fc.constantFrom(0, -5, 1e9),
        iterations: fc.constantFrom(0, -5, 1e9),
        lastAppliedSpec: nastyText,
        lastPromotedSpec: nastyText,
        trackedConfigs: fc.dictionary(nastyText, nastyText),
        serin: record,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(status, async (written) => {
        const stage = new Stage({ ...aCanary(), status: structuredClone(written) as Raw }, aDeployment());
        for (let i = 0; i < 3; i++) {
          await stage.tick();
          stage.now += 10_000;
        }
        expectNoPollution();
      }),
      tried(500),
    );
  },
  LIMIT_MS,
);
