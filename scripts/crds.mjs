#!/usr/bin/env node
/**
 * Generates crds/*.yaml from the types in model/. `--check` writes nothing and exits 1 when a file is stale.
 *
 * Tags beside the usual ones of JSON Schema: `@cel [{rule, message}]` becomes x-kubernetes-validations, `@schema {…}` is
 * merged as it is, `@preserve` keeps unknown fields, `@intOrString` takes both. Unions are avoided in the types, because a
 * structural schema has none.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const { createGenerator } = createRequire(import.meta.url)('ts-json-schema-generator');
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const column = (name, type, jsonPath, priority) => ({ name, type, jsonPath, ...(priority ? { priority } : {}) });

/** Columns are read by scripts: names, types and order are fixed by spec api.md section 1. */
const kinds = [
  {
    kind: 'Canary',
    plural: 'canaries',
    types: { spec: 'CanarySpec', status: 'CanaryStatus' },
    columns: [
      column('Status', 'string', '.status.phase'),
      column('Weight', 'string', '.status.canaryWeight'),
      column('Suspended', 'boolean', '.spec.suspend', 1),
      column('FailedChecks', 'string', '.status.failedChecks', 1),
      column('Interval', 'string', '.spec.analysis.interval', 1),
      column('Mirror', 'boolean', '.spec.analysis.mirror', 1),
      column('StepWeight', 'string', '.spec.analysis.stepWeight', 1),
      column('StepWeights', 'string', '.spec.analysis.stepWeights', 1),
      column('MaxWeight', 'string', '.spec.analysis.maxWeight', 1),
      column('LastTransitionTime', 'string', '.status.lastTransitionTime'),
    ],
  },
  {
    kind: 'MetricTemplate',
    plural: 'metrictemplates',
    types: { spec: 'MetricTemplateSpec' },
    columns: [column('Provider', 'string', '.spec.provider.type')],
  },
  {
    kind: 'AlertProvider',
    plural: 'alertproviders',
    types: { spec: 'AlertProviderSpec' },
    columns: [column('Type', 'string', '.spec.type')],
  },
];

const generator = createGenerator({
  path: join(root, 'model/canary.ts'),
  tsconfig: join(root, 'tsconfig.json'),
  type: '*',
  expose: 'none',
  topRef: false,
  jsDoc: 'extended',
  skipTypeCheck: true,
  extraTags: ['cel', 'schema', 'preserve', 'intOrString'],
});

/** Keywords that mean the same in a structural schema. */
const kept = [
  'type',
  'enum',
  'format',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'maxProperties',
];

/** One node of JSON Schema as a node of a structural schema. */
function structural(node, path) {
  if (node.$ref) throw new Error(`${path}: a structural schema cannot be recursive`);
  if (node.anyOf || node.allOf) throw new Error(`${path}: a structural schema has no unions`);
  const description = [node.description, node.deprecated && `Deprecated. ${node.deprecated}`]
    .filter(Boolean)
    .join(' ')
    .replace(/\s+/g, ' ');
  const out = description ? { description } : {};
  for (const key of kept) if (node[key] !== undefined) out[key] = node[key];
  if (node.const !== undefined) out.enum = [node.const];
  if (node.intOrString) {
    delete out.type;
    out['x-kubernetes-int-or-string'] = true;
  }
  if (Array.isArray(out.type)) throw new Error(`${path}: a structural schema has one type, not ${out.type}`);
  if (node.required) out.required = node.required;
  if (node.properties) {
    out.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, child]) => [name, structural(child, `${path}.${name}`)]),
    );
  }
  if (node.items) out.items = structural(node.items, `${path}[]`);
  if (node.preserve) out['x-kubernetes-preserve-unknown-fields'] = true;
  else if (node.additionalProperties) out.additionalProperties = structural(node.additionalProperties, `${path}.*`);
  Object.assign(out, node.schema);
  if (node.cel) out['x-kubernetes-validations'] = node.cel;
  return out;
}

function definition({ kind, plural, types, columns }) {
  const parts = Object.entries(types).map(([part, type]) => [part, structural(generator.createSchema(type), part)]);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.flagger.app`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group: 'flagger.app',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ['all'] },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                ...Object.fromEntries(parts),
              },
            },
          },
        },
      ],
    },
  };
}

const check = process.argv.includes('--check');
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

let stale = 0;
mkdirSync(join(root, 'crds'), { recursive: true });
for (const kind of kinds) {
  const path = join(root, 'crds', `${kind.kind.toLowerCase()}.yaml`);
  // lineWidth 0: `cdk8s import` does not read strings that are folded over lines.
  const yaml = `# Generated from model/ by scripts/crds.mjs. Do not edit.\n${stringify(definition(kind), { lineWidth: 0, aliasDuplicateObjects: false })}`;
  if (read(path) === yaml) continue;
  if (check) {
    console.error(`crds/${kind.kind.toLowerCase()}.yaml is stale: run \`npm run crds\``);
    stale += 1;
  } else {
    writeFileSync(path, yaml);
    console.log(`wrote crds/${kind.kind.toLowerCase()}.yaml`);
  }
}
process.exit(stale > 0 ? 1 : 0);
