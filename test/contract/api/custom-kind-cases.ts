import { type Answer, type ContractClient, MERGE, once, STRATEGIC, TABLE } from './client';

const GROUP = 'contract.serin.test';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEFINITION = `${DEFINITIONS}/widgets.${GROUP}`;

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['mode'],
                properties: {
                  mode: { type: 'string', enum: ['fast', 'slow'] },
                  size: { type: 'integer', minimum: 1, maximum: 10, default: 3 },
                  limit: { type: 'integer', default: 8 },
                  name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
                  port: { 'x-kubernetes-int-or-string': true },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  tags: { type: 'array', maxItems: 2, items: { type: 'string' } },
                },
                'x-kubernetes-validations': [
                  { rule: 'self.size <= self.limit', message: 'size must not exceed limit' },
                ],
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

export function customKindCases(client: ContractClient): void {
  const widgets = once(async () => {
    const namespace = await client.namespace();
    const made = await client.post(DEFINITIONS, definition);
    if (made.status !== 201 && made.status !== 409) throw new Error(JSON.stringify(made.body));
    const path = `/apis/${GROUP}/v1/namespaces/${namespace}/widgets`;
    await client.eventually(
      () => client.get(path),
      ({ status }) => status === 200,
    );
    return path;
  });
  afterAll(() => client.delete(DEFINITION));

  const widget = (name: string, spec: object) => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec,
  });
  const expectInvalid = ({ status, body }: Answer, message: RegExp) => {
    expect([status, body.reason, body.message]).toEqual([422, 'Invalid', expect.stringMatching(message)]);
  };

  test('the definition is established', async () => {
    const { body } = await client.get(DEFINITION);
    expect(body.status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
    expect(body.spec.names).toMatchObject({ singular: 'widget', listKind: 'WidgetList' });
  });

  test('defaults are filled in, unknown fields dropped', async () => {
    const spec = { mode: 'fast', typo: 1, free: { any: ['thing'] }, port: 'http' };
    const { status, body, headers } = await client.post(widgets(), widget('filled', spec));
    expect([status, body.metadata.generation]).toEqual([201, 1]);
    expect(body.spec).toEqual({ mode: 'fast', size: 3, limit: 8, free: { any: ['thing'] }, port: 'http' });
    expect(headers['warning']).toContain('unknown field \\"spec.typo\\"');
  });

  test('strict clients are told of unknown fields', async () => {
    const { status, body } = await client.post(
      `${widgets()}?fieldValidation=Strict`,
      widget('strict', { mode: 'fast', typo: 1 }),
    );
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
    expect(body.message).toContain('unknown field "spec.typo"');
  });

  test.each([
    [{}, /spec\.mode: Required value/],
    [{ mode: 'other' }, /spec\.mode: Unsupported value: "other": supported values: "fast", "slow"/],
    [{ mode: 'fast', size: 0 }, /spec\.size in body should be greater than or equal to 1/],
    [{ mode: 'fast', size: 11, limit: 20 }, /spec\.size in body should be less than or equal to 10/],
    [{ mode: 'fast', size: 'big' }, /spec\.size in body must be of type integer: "string"/],
    [{ mode: 'fast', name: 'A1' }, /spec\.name in body should match '\^\[a-z\]\+\$'/],
    [{ mode: 'fast', name: 'abcdef' }, /spec\.name: Too long/],
    [{ mode: 'fast', tags: ['a', 'b', 'c'] }, /spec\.tags: Too many: 3: must have at most 2 items/],
    [{ mode: 'fast', port: true }, /spec\.port/],
    [{ mode: 'fast', size: 9 }, /spec: Invalid value: .*: size must not exceed limit/],
  ])('%j is Invalid', async (spec, message) => {
    expectInvalid(await client.post(widgets(), widget('wrong', spec)), message);
  });

  test('status has a resource of its own, generation ignores it', async () => {
    await client.post(widgets(), { ...widget('stated', { mode: 'fast' }), status: { size: 1 } });
    const path = `${widgets()}/stated`;
    expect((await client.get(path)).body.status).toBeUndefined();
    const written = await client.patch(`${path}/status`, MERGE, {
      status: { size: 2, conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect([written.body.status.size, written.body.metadata.generation]).toEqual([2, 1]);
    const replaced = await client.put(path, { ...written.body, spec: { mode: 'slow' }, status: {} });
    expect([replaced.body.status.size, replaced.body.metadata.generation]).toEqual([2, 2]);
  });

  test('a replacement must say which version it replaces', async () => {
    await client.post(widgets(), widget('versioned', { mode: 'fast' }));
    expectInvalid(
      await client.put(`${widgets()}/versioned`, widget('versioned', { mode: 'slow' })),
      /metadata\.resourceVersion/,
    );
  });

  test('strategic merge is not for custom kinds', async () => {
    await client.post(widgets(), widget('patched', { mode: 'fast' }));
    expect((await client.patch(`${widgets()}/patched`, STRATEGIC, { spec: { size: 2 } })).status).toBe(415);
    expect((await client.patch(`${widgets()}/patched`, MERGE, { spec: { size: 2 } })).body.spec.size).toBe(2);
  });

  test('scale goes through the declared paths', async () => {
    await client.post(widgets(), widget('scaled', { mode: 'fast' }));
    const { body } = await client.get(`${widgets()}/scaled/scale`);
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    await client.patch(`${widgets()}/scaled/scale`, MERGE, { spec: { replicas: 5 } });
    expect((await client.get(`${widgets()}/scaled`)).body.spec.size).toBe(5);
  });

  test('a table shows the printer columns', async () => {
    await client.post(widgets(), widget('shown', { mode: 'fast', size: 2 }));
    await client.patch(`${widgets()}/shown/status`, MERGE, {
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    });
    const { body } = await client.get(`${widgets()}/shown`, TABLE);
    expect(body.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Size', 'Ready']);
    expect(body.rows[0].cells).toEqual(['shown', 2, 'False']);
  });

  test('the list says its kind, and so does each item', async () => {
    const { body } = await client.get(`${widgets()}?limit=1`);
    expect(body.kind).toBe('WidgetList');
    expect(body.items[0]).toMatchObject({ kind: 'Widget', apiVersion: `${GROUP}/v1` });
  });
}
