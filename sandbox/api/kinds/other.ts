/** The remaining groups, mostly stored and not acted on. */
import type { KubeObject } from '../../../model/kube';
import { at, fallback, objects } from '../json';
import { type Column, defineKind, type Kind, type KindInput } from '../kind';
import { AGE, CREATED_AT, count, NAME, text } from './columns';

const kind = (apiVersion: string, name: string, plural: string, input: Partial<KindInput> = {}): Kind =>
  defineKind({ apiVersion, kind: name, plural, namespaced: true, ...input });

const cluster = { namespaced: false };
const ADMISSION = 'admissionregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

const short = (values: unknown[]) =>
  values.length > 3 ? `${values.slice(0, 3).join(',')} + ${values.length - 3} more...` : values.join(',');

function admitEndpointSlice(object: KubeObject): void {
  for (const endpoint of objects(object, 'endpoints')) fallback(endpoint, 'conditions', {});
  for (const port of objects(object, 'ports')) {
    fallback(port, 'protocol', 'TCP');
    fallback(port, 'name', '');
  }
}

const ENDPOINT_SLICE: Column[] = [
  NAME,
  text('AddressType', (object) => object['addressType']),
  text('Ports', (object) => short(objects(object, 'ports').map(({ port }) => port)) || '<unset>'),
  text(
    'Endpoints',
    (object) => short(objects(object, 'endpoints').flatMap((entry) => entry['addresses'] as string[])) || '<unset>',
  ),
  AGE,
];

const DISRUPTION_BUDGET: Column[] = [
  NAME,
  text('Min Available', (object) => at(object, 'spec', 'minAvailable') ?? 'N/A'),
  text('Max Unavailable', (object) => at(object, 'spec', 'maxUnavailable') ?? 'N/A'),
  count('Allowed Disruptions', 'status', 'disruptionsAllowed'),
  AGE,
];

const NO_DISRUPTIONS = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

const roleOf = (object: KubeObject) => `${at(object, 'roleRef', 'kind')}/${at(object, 'roleRef', 'name')}`;
const role = { columns: [NAME, CREATED_AT] };
const binding = { columns: [NAME, text('Role', roleOf), AGE] };

export const OTHER_KINDS: readonly Kind[] = [
  kind('coordination.k8s.io/v1', 'Lease', 'leases', {
    unconditionalUpdate: false,
    createOnUpdate: true,
    columns: [NAME, text('Holder', (object) => at(object, 'spec', 'holderIdentity') ?? ''), AGE],
  }),
  kind('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    generation: true,
    admit: admitEndpointSlice,
    columns: ENDPOINT_SLICE,
  }),
  kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    shortNames: ['pdb'],
    status: true,
    generation: true,
    unconditionalUpdate: false,
    admit: (object) => fallback(object, 'status', { ...NO_DISRUPTIONS }),
    columns: DISRUPTION_BUDGET,
  }),
  kind(RBAC, 'Role', 'roles', role),
  kind(RBAC, 'RoleBinding', 'rolebindings', binding),
  kind(RBAC, 'ClusterRole', 'clusterroles', { ...cluster, ...role }),
  kind(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', { ...cluster, ...binding }),
  kind(ADMISSION, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
    ...cluster,
    status: true,
    generation: true,
    columns: [NAME, AGE],
  }),
  kind(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    ...cluster,
    generation: true,
    columns: [NAME, text('PolicyName', (object) => at(object, 'spec', 'policyName')), AGE],
  }),
];
