/** The CustomResourceDefinition kind itself. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, isObject, type Json, objects } from '../json';
import { type Admission, defineKind, type Kind } from '../kind';
import { CREATED_AT, NAME } from '../kinds/columns';
import { invalidValue, required } from '../kinds/problems';
import { timestamp } from '../metadata';

function admit(object: KubeObject, { store, old }: Admission): void {
  const spec = child(object, 'spec');
  fallback(spec, 'conversion', { strategy: 'None' });
  const names = child(spec, 'names');
  fallback(names, 'singular', String(names['kind'] ?? '').toLowerCase());
  fallback(names, 'listKind', `${names['kind']}List`);
  if (old) return;
  const established = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: timestamp(store.clock),
    reason,
    message,
  });
  object['status'] = {
    acceptedNames: names,
    conditions: [
      established('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      established('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: objects(spec, 'versions')
      .filter((version) => version['storage'] === true)
      .map(({ name }) => name),
  };
}

function validate(object: KubeObject): FieldProblem[] {
  const spec = object['spec'];
  const wanted = `${at(spec, 'names', 'plural')}.${at(spec, 'group')}`;
  const problems: FieldProblem[] = [];
  const { name } = object.metadata;
  if (name !== wanted) problems.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  const versions = objects(spec, 'versions');
  const storage = versions.filter((version) => version['storage'] === true).length;
  if (storage !== 1) {
    problems.push(
      invalidValue(
        'spec.versions',
        versions.map((version) => version['name']),
        'must have exactly one version marked as storage version',
      ),
    );
  }
  return [...problems, ...versions.flatMap(checkVersion)];
}

function checkVersion(version: Json, index: number): FieldProblem[] {
  const schema = at(version, 'schema', 'openAPIV3Schema');
  const field = `spec.versions[${index}].schema.openAPIV3Schema`;
  if (!isObject(schema)) return [required(field, 'schemas are required')];
  return schema['type'] === 'object'
    ? []
    : [invalidValue(`${field}.type`, schema['type'] ?? '', 'must be object at the root')];
}

export const CUSTOM_RESOURCE_DEFINITION: Kind = defineKind({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  generation: true,
  unconditionalUpdate: false,
  admit,
  validate,
  columns: [NAME, CREATED_AT],
});
