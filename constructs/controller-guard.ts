import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { CANARY_ANNOTATION } from '../model/objects/metadata';

/** Who may change what Canaries own, and how strictly the others are held off. */
export interface ControllerGuardProps {
  /**
   * Names of the policy and of its binding.
   * @default - name `serin-controller-guard`
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * Namespace of the controller's ServiceAccount.
   * @default istio-system
   */
  readonly controllerNamespace?: string;
  /**
   * Name of the controller's ServiceAccount.
   * @default serin
   */
  readonly controllerServiceAccount?: string;
  /**
   * User names that may change the objects besides the controller's ServiceAccount.
   * @default - nobody, not even a cluster's administrators
   */
  readonly allowedUsers?: string[];
  /**
   * Groups that may change the objects, such as `system:masters`.
   * @default - none
   */
  readonly allowedGroups?: string[];
}

/** A list of texts in CEL; JSON's strings are CEL's. */
const celList = (texts: string[]) => JSON.stringify(texts);

/** What the controller owns. Subresources (status, scale) are not listed, so Kubernetes' own controllers go on. */
const GUARDED = [
  { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments', 'daemonsets'] },
  { apiGroups: [''], apiVersions: ['v1'], resources: ['services'] },
  { apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] },
  { apiGroups: ['networking.istio.io'], apiVersions: ['*'], resources: ['virtualservices', 'destinationrules'] },
  { apiGroups: ['gateway.networking.k8s.io'], apiVersions: ['*'], resources: ['httproutes'] },
  { apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], resources: ['ingresses'] },
  { apiGroups: ['traefik.io'], apiVersions: ['*'], resources: ['traefikservices'] },
  { apiGroups: ['projectcontour.io'], apiVersions: ['*'], resources: ['httpproxies'] },
  { apiGroups: ['keda.sh'], apiVersions: ['*'], resources: ['scaledobjects'] },
].map((rule) => ({ ...rule, operations: ['UPDATE'], scope: 'Namespaced' }));

const markerOf = (object: string) => `${object}.metadata.?annotations[?'${CANARY_ANNOTATION}']`;

const ownersOf = (object: string) =>
  `${object}.metadata.?ownerReferences.orValue([]).filter(o, ` +
  `o.?controller.orValue(false) && o.kind == 'Canary' && o.apiVersion.startsWith('flagger.app/')).map(o, o.name)`;

/** What the messages say, evaluated once. */
const VARIABLES = [
  { name: 'owners', expression: ownersOf('oldObject') },
  {
    name: 'canary',
    expression: `variables.owners.size() > 0 ? variables.owners[0] : ${markerOf('oldObject')}.orValue('')`,
  },
  {
    name: 'subject',
    expression:
      "request.kind.kind + ' ' + object.metadata.namespace + '/' + object.metadata.name + ' belongs to Canary ' + variables.canary",
  },
];

const VALIDATIONS = [
  {
    expression: 'has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec)',
    messageExpression:
      "variables.subject + ', and only Serin changes it, after an analysis. To release a new version, change the target " +
      "of the Canary and apply it without the bootstrap manifest, which is applied once'",
    message: 'only Serin changes this object, after an analysis',
    reason: 'Forbidden',
  },
  {
    expression: `!${markerOf('oldObject')}.hasValue() || ${markerOf('object')}.orValue('') == ${markerOf('oldObject')}.orValue('')`,
    messageExpression: `variables.subject + ': keep its annotation ${CANARY_ANNOTATION}'`,
    message: `keep the annotation ${CANARY_ANNOTATION}`,
    reason: 'Forbidden',
  },
];

/**
 * Refuses, at the API server, every change of the spec of what a Canary owns (primary workload and autoscaler, Services,
 * routes) by anyone but the controller. One for a cluster. Applying the same again passes, and so does deleting.
 */
export class ControllerGuard extends Construct {
  /** The ValidatingAdmissionPolicy. */
  public readonly policy: ApiObject;
  /** Its binding. */
  public readonly binding: ApiObject;

  public constructor(scope: Construct, id: string, props: ControllerGuardProps = {}) {
    super(scope, id);
    const metadata = { name: 'serin-controller-guard', ...props.metadata };
    const apiVersion = 'admissionregistration.k8s.io/v1';
    this.policy = new ApiObject(this, 'Policy', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: policySpec(props),
    });
    this.binding = new ApiObject(this, 'Binding', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: this.policy.name, validationActions: ['Deny'] },
    });
  }
}

function policySpec(props: ControllerGuardProps) {
  const namespace = props.controllerNamespace ?? 'istio-system';
  const controller = `system:serviceaccount:${namespace}:${props.controllerServiceAccount ?? 'serin'}`;
  const users = celList([controller, ...(props.allowedUsers ?? [])]);
  const groups = celList(props.allowedGroups ?? []);
  return {
    failurePolicy: 'Fail',
    matchConstraints: { matchPolicy: 'Equivalent', resourceRules: GUARDED },
    matchConditions: [
      { name: 'not-by-the-controller', expression: `!(request.userInfo.username in ${users})` },
      {
        name: 'not-by-an-allowed-group',
        expression: `!request.userInfo.?groups.orValue([]).exists(g, g in ${groups})`,
      },
      {
        name: 'owned-by-a-canary',
        expression: `${markerOf('oldObject')}.hasValue() || ${ownersOf('oldObject')}.size() > 0`,
      },
    ],
    variables: VARIABLES,
    validations: VALIDATIONS,
  };
}
