import { errors, warnings } from '../model/mistakes';
import { aCanary } from '../model/tutorial';
import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';
import { installCrds, prepareNamespace } from './tutorial-fixture';

/** The same mistakes that `validate` finds at synth time, against the generated schemas in a real API server. */
const plane = attachedPlane();
const namespace = 'admission';
const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries`;
let api: Api;

beforeAll(async () => {
  api = plane.api('serin-admission');
  await installCrds(plane);
  await prepareNamespace(plane, namespace);
});
afterAll(() => api.close());

interface Cause {
  field: string;
  message: string;
}

async function submit(change: Parameters<typeof aCanary>[0]): Promise<{ status: number; causes: Cause[] }> {
  const canary = aCanary(change);
  const metadata = { name: 'spoilt', namespace };
  const { status, body } = await api.send('POST', `${CANARIES}?dryRun=All`, { ...canary, metadata });
  return { status, causes: body.details?.causes ?? [] };
}

/** What the schemas let through: fields they do not know (dropped), and rules that only `validate` has. */
const LET_THROUGH = ['analysis under its old name', 'knative autoscaler'];

/** The complaint is about the place that `validate` names, or about a node around it. */
function isAbout(path: string, { field, message }: Cause): boolean {
  // `oneOf` has no field of its own: the path is in its text.
  if (field === '<nil>') return message.includes(`"${path}" must validate`);
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

test.each(errors.filter(([what]) => !LET_THROUGH.includes(what)))('refused: %s', async (_, change, path) => {
  const { status, causes } = await submit(change);
  expect(status).toBe(422);
  expect(causes.filter((cause) => isAbout(path, cause))).not.toEqual([]);
  // A rule without a text of its own would be shown as "failed rule: <CEL>".
  expect(causes.filter(({ message }) => message.includes('failed rule'))).toEqual([]);
});

test.each(errors.filter(([what]) => LET_THROUGH.includes(what)))('let through: %s', async (_, change) => {
  expect((await submit(change)).status).toBe(201);
});

test.each(warnings)('accepted: %s', async (_, change) => {
  expect(await submit(change)).toEqual({ status: 201, causes: [] });
});
