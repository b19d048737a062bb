/** The remaining groups, mostly stored and not acted on. */
import { defineKind, type Kind, type KindInput } from '../kind';

const kind = (apiVersion: string, name: string, plural: string, input: Partial<KindInput> = {}): Kind =>
  defineKind({ apiVersion, kind: name, plural, namespaced: true, ...input });

const cluster = { namespaced: false };
const ADMISSION = 'admissionregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

export const OTHER_KINDS: readonly Kind[] = [
  kind('coordination.k8s.io/v1', 'Lease', 'leases', { unconditionalUpdate: false, createOnUpdate: true }),
  kind('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', { generation: true }),
  kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    shortNames: ['pdb'],
    status: true,
    generation: true,
  }),
  kind(RBAC, 'Role', 'roles'),
  kind(RBAC, 'RoleBinding', 'rolebindings'),
  kind(RBAC, 'ClusterRole', 'clusterroles', cluster),
  kind(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', cluster),
  kind(ADMISSION, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
    ...cluster,
    status: true,
    generation: true,
  }),
  kind(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    ...cluster,
    generation: true,
  }),
];
