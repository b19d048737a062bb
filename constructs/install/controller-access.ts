import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import type { TrafficProvider } from '../canary-props';
import { clusterScoped } from './cluster-scoped';
import { LEASE_PERMISSIONS, type Permission, permissionsOf, policyRules, SHARD_PERMISSIONS } from './permissions';

const RBAC = 'rbac.authorization.k8s.io';

/** Who the controller is, and how much of a cluster it sees. */
export interface ControllerAccessProps {
  /** Name of every object. */
  readonly name: string;
  /** Of the ServiceAccount. */
  readonly namespace: string;
  /** Labels and annotations of every object. */
  readonly metadata: ApiObjectMetadata;
  /**
   * The only namespace with rights.
   * @default - all namespaces
   */
  readonly watchNamespace?: string | undefined;
  /** Whose routing objects it may write. */
  readonly trafficProviders: TrafficProvider[];
  /** May it copy ConfigMaps and Secrets? */
  readonly configTracking: boolean;
  /** Do replicas share the Canaries? */
  readonly sharded: boolean;
  /** May it write ScaledObjects? */
  readonly keda: boolean;
  /** May it read the external metrics API? */
  readonly externalMetrics: boolean;
}

/** A ServiceAccount with the rights of the controller, and no others. */
export class ControllerAccess extends Construct {
  /** The ServiceAccount that the controller runs as. */
  public readonly serviceAccount: ApiObject;
  /** The ClusterRole, or the Role of the only namespace. */
  public readonly role: ApiObject;
  /** The Role for the Lease, in the namespace where that is. */
  public readonly leaseRole: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: ControllerAccessProps,
  ) {
    super(scope, id);
    const { name, namespace, watchNamespace } = props;
    this.serviceAccount = new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...props.metadata, name, namespace },
    });
    const permissions = permissionsOf(props);
    this.role = this.grant('', name, watchNamespace, permissions);
    const leases = props.sharded ? SHARD_PERMISSIONS : LEASE_PERMISSIONS;
    this.leaseRole = this.grant('Lease', `${name}-lease`, watchNamespace ?? namespace, leases);
  }

  /** A role and its binding; without a namespace for the whole cluster. */
  private grant(id: string, name: string, within: string | undefined, permissions: readonly Permission[]): ApiObject {
    const { namespace: _, ...shared } = this.props.metadata;
    const metadata = { ...shared, name, ...(within !== undefined && { namespace: within }) };
    const kind = within === undefined ? 'ClusterRole' : 'Role';
    const role = new ApiObject(this, `${id}Role`, {
      apiVersion: `${RBAC}/v1`,
      kind,
      metadata,
      rules: policyRules(permissions),
    });
    const binding = new ApiObject(this, `${id}RoleBinding`, {
      apiVersion: `${RBAC}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: [{ kind: 'ServiceAccount', name: this.props.name, namespace: this.props.namespace }],
    });
    if (within === undefined) clusterScoped(role, binding);
    return role;
  }
}
