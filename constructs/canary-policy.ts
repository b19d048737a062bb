import { ApiObject, type ApiObjectMetadata, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { canaryPolicyRules, type PolicyRules, templatePolicyRules } from '../model/admission-policy';
import { celText } from '../model/rules/shared-rule';
import type { TrafficProvider } from './canary-props';
import type { HouseRules } from './house-rules';
import { clusterScoped } from './install/cluster-scoped';

/** What the API server does with an object that breaks a rule. */
export enum PolicyAction {
  /** Takes it and warns who applied it; kubectl prints the warning. */
  WARN = 'Warn',
  /** Refuses it. */
  DENY = 'Deny',
  /** Takes it and notes it in the audit log. */
  AUDIT = 'Audit',
}

/** What a controller's flags mean to the rules. */
export interface PolicyController {
  /**
   * The flag `-mesh-provider`.
   * @default TrafficProvider.ISTIO
   */
  readonly meshProvider?: TrafficProvider;
  /**
   * The flag `-min-interval`.
   * @default Duration.seconds(10)
   */
  readonly minInterval?: Duration;
  /**
   * The flag `-no-cross-namespace-refs`.
   * @default false
   */
  readonly noCrossNamespaceRefs?: boolean;
}

/** What the policy checks, where, and what it does with what breaks a rule. */
export interface CanaryPolicyProps {
  /**
   * Names of policy and binding; those for MetricTemplates have `-templates` behind it.
   * @default - name `serin-canary-policy`
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * @default PolicyAction.WARN
   */
  readonly action?: PolicyAction;
  /**
   * Whether what synthesis warns of is among the rules.
   * @default true
   */
  readonly warnings?: boolean;
  /**
   * What is asked of every Canary besides that it works.
   * @default - nothing
   */
  readonly houseRules?: HouseRules;
  /**
   * The controller that the Canaries are for.
   * @default - one with its own defaults
   */
  readonly controller?: PolicyController;
  /**
   * Labels of the namespaces that the policy looks at.
   * @default - every namespace
   */
  readonly namespaceLabels?: { [label: string]: string };
  /**
   * Namespaces that the policy leaves alone.
   * @default - none
   */
  readonly excludedNamespaces?: string[];
  /**
   * Canaries and MetricTemplates that the policy leaves alone: `<name>`, or `<namespace>/<name>`.
   * @default - none
   */
  readonly excludedNames?: string[];
}

const API_VERSION = 'admissionregistration.k8s.io/v1';

/**
 * The rules of synthesis at the API server, for Canaries that no program wrote: a ValidatingAdmissionPolicy and its binding.
 * It looks at new objects and at changes of a spec; what is there already, deletes and the controller are left alone.
 */
export class CanaryPolicy extends Construct {
  /** The policy of Canaries. */
  public readonly policy: ApiObject;
  /** Its binding. */
  public readonly binding: ApiObject;
  /** The policy of MetricTemplates, which has warnings only. */
  public readonly templatePolicy?: ApiObject;
  /** Its binding. */
  public readonly templateBinding?: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CanaryPolicyProps = {},
  ) {
    super(scope, id);
    const name = props.metadata?.name ?? 'serin-canary-policy';
    this.policy = this.makePolicy('Policy', name, 'canaries', canaryRules(props));
    this.binding = this.makeBinding('Binding', this.policy);
    if (props.warnings ?? true) {
      this.templatePolicy = this.makePolicy(
        'TemplatePolicy',
        `${name}-templates`,
        'metrictemplates',
        templatePolicyRules(),
      );
      this.templateBinding = this.makeBinding('TemplateBinding', this.templatePolicy);
    }
  }

  private makePolicy(id: string, name: string, resource: string, rules: PolicyRules): ApiObject {
    return this.make(id, 'ValidatingAdmissionPolicy', name, {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [
          {
            apiGroups: ['flagger.app'],
            apiVersions: ['*'],
            resources: [resource],
            operations: ['CREATE', 'UPDATE'],
            scope: 'Namespaced',
          },
        ],
      },
      matchConditions: matchConditions(this.props.excludedNames ?? []),
      ...(rules.variables.length > 0 && { variables: rules.variables }),
      validations: rules.validations,
    });
  }

  private makeBinding(id: string, policy: ApiObject): ApiObject {
    const namespaceSelector = namespaceSelectorOf(this.props);
    return this.make(id, 'ValidatingAdmissionPolicyBinding', policy.name, {
      policyName: policy.name,
      validationActions: [this.props.action ?? PolicyAction.WARN],
      ...(namespaceSelector && { matchResources: { namespaceSelector } }),
    });
  }

  private make(id: string, kind: string, name: string, spec: object): ApiObject {
    const metadata = { ...this.props.metadata, name };
    const object = new ApiObject(this, id, { apiVersion: API_VERSION, kind, metadata, spec });
    clusterScoped(object);
    return object;
  }
}

function canaryRules(props: CanaryPolicyProps): PolicyRules {
  const { controller = {}, houseRules } = props;
  return canaryPolicyRules({
    severities: (props.warnings ?? true) ? ['error', 'warning'] : ['error'],
    ...(controller.meshProvider !== undefined && { provider: controller.meshProvider }),
    ...(controller.minInterval && { minIntervalMs: controller.minInterval.toMilliseconds() }),
    noCrossNamespaceRefs: controller.noCrossNamespaceRefs ?? false,
    ...(houseRules && { houseRules: houseRules._rules() }),
  });
}

/** Objects that were there before the policy stay editable, and a controller's finalizers and status pass. */
const SPEC_CHANGES = "request.operation == 'CREATE' || object.spec != oldObject.spec";

function matchConditions(excludedNames: readonly string[]): object[] {
  const names = excludedNames.map(celText).join(', ');
  const isExcluded = `object.metadata.name in [${names}] || (object.metadata.namespace + '/' + object.metadata.name) in [${names}]`;
  return [
    { name: 'changes-the-spec', expression: SPEC_CHANGES },
    ...(excludedNames.length > 0 ? [{ name: 'not-excluded', expression: `!(${isExcluded})` }] : []),
  ];
}

function namespaceSelectorOf({ namespaceLabels, excludedNamespaces }: CanaryPolicyProps): object | undefined {
  if (!namespaceLabels && !excludedNamespaces?.length) return undefined;
  const names = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: excludedNamespaces };
  return {
    ...(namespaceLabels && { matchLabels: namespaceLabels }),
    ...(excludedNamespaces?.length && { matchExpressions: [names] }),
  };
}
