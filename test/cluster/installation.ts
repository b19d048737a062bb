/** A controller as it is installed: as its ServiceAccount, with the arguments of its Deployment and the rights of its roles. */
import { App, Chart, Duration } from 'cdk8s';
import { SerinController, type SerinControllerProps } from '../../constructs';
import type { AuditLine } from './control-plane/audit';
import type { Plane } from './control-plane/plane';
import { freePort, SerinProcess } from './serin-process';
import type { AnyObject } from './tutorial-fixture';

export interface Installation {
  objects: AnyObject[];
  controller: SerinProcess;
  /** Of /metrics, /healthz and /readyz. */
  port: number;
  start(): Promise<void>;
  user: string;
  mark: number;
}

export function synthesised(namespace: string, props: SerinControllerProps): AnyObject[] {
  const chart = new Chart(new App(), 'install', { namespace });
  new SerinController(chart, 'serin', { ...props, flags: { minInterval: Duration.seconds(1), ...props.flags } });
  return chart.toJson();
}

/**
 * Applies everything where only restricted pods are admitted, and starts the controller.
 * @param without Rights to take out of the roles, as `grantedBy` names them.
 */
export async function install(
  plane: Plane,
  namespace: string,
  props: SerinControllerProps = {},
  without: readonly string[] = [],
): Promise<Installation> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  const objects = synthesised(namespace, props).map((object) => taken(object, without));
  await plane.apply(objects, '--server-side', '--force-conflicts');
  const mark = plane.auditMark();
  const { args } = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  const port = await freePort();
  const controller = new SerinProcess([
    ...args,
    `--kubeconfig=${await plane.serviceAccountKubeconfig(namespace, 'serin')}`,
    `--port=${port}`,
  ]);
  const start = () => {
    controller.start();
    return controller.ready(`http://127.0.0.1:${port}/readyz`);
  };
  await start();
  return { objects, controller, port, start, user: `system:serviceaccount:${namespace}:serin`, mark };
}

/** Rights as texts: `verb group/resource/subresource`; the core group has no name. */
const rightText = (verb: string, group: string | undefined, resource: string): string =>
  `${verb} ${group ? `${group}/` : ''}${resource}`;

const isRole = ({ kind }: AnyObject): boolean => kind === 'ClusterRole' || kind === 'Role';

/** The rights of a rule, one text each. */
const rightsOf = ({ apiGroups: [group], resources, verbs }: AnyObject): string[] =>
  resources.flatMap((resource: string) => verbs.map((verb: string) => rightText(verb, group, resource)));

/** A role without some rights: one rule for each that is left. */
function taken(object: AnyObject, without: readonly string[]): AnyObject {
  if (without.length === 0 || !isRole(object)) return object;
  const single = (rule: AnyObject) =>
    rule.resources.flatMap((resource: string) =>
      rule.verbs.map((verb: string) => ({ ...rule, resources: [resource], verbs: [verb] })),
    );
  const rules = object.rules.flatMap(single);
  return { ...object, rules: rules.filter((rule: AnyObject) => !rightsOf(rule).some((one) => without.includes(one))) };
}

export const grantedBy = (objects: readonly AnyObject[]): string[] => [
  ...new Set(
    objects
      .filter(isRole)
      .flatMap(({ rules }) => rules)
      .flatMap(rightsOf),
  ),
];

/** What the controller asked of the API server, in the audit log's words. */
export const requestsOf = (plane: Plane, { user, mark }: Installation): AuditLine[] =>
  plane.auditLines(mark).filter((line) => line.user?.username === user && line.objectRef?.resource !== undefined);

/** The rights that a request needs. */
export const rightOf = ({ verb, objectRef: { apiGroup, resource = '', subresource } = {} }: AuditLine): string =>
  rightText(verb, apiGroup, [resource, subresource].filter(Boolean).join('/'));

export const usedBy = (plane: Plane, installation: Installation): string[] => [
  ...new Set(requestsOf(plane, installation).map(rightOf)),
];

export const refusalsOf = (plane: Plane, installation: Installation): string[] =>
  requestsOf(plane, installation)
    .filter(({ responseStatus }) => responseStatus?.code === 403)
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
