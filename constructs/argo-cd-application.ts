import { ApiObject, type ApiObjectMetadata, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type { ArgoCdIgnoreDifference } from './argo-cd-differences';
import { Canary } from './canary';
import { Delivery } from './delivery';
import { render } from './render';

/** What an Argo CD Application is made of. */
export interface ArgoCdApplicationProps {
  /**
   * @default - a generated name, the namespace `argocd`
   */
  readonly metadata?: ApiObjectMetadata;
  /** What the Application delivers: charts, or the whole program; their Canaries say what Argo CD leaves alone. */
  readonly releases: Construct[];
  /**
   * Argo CD's project.
   * @default default
   */
  readonly project?: string;
  /**
   * Where the manifests are: `repoURL`, `path`, `targetRevision`, as Argo CD names them.
   * @default - not said: what is written is a patch for an Application that exists
   */
  readonly source?: { [field: string]: unknown };
  /**
   * Where they go to: `server` or `name`, and `namespace`, as Argo CD names them.
   * @default - not said: what is written is a patch for an Application that exists
   */
  readonly destination?: { [field: string]: unknown };
  /**
   * Argo CD syncs, heals and prunes by itself.
   * @default false
   */
  readonly automated?: boolean;
  /**
   * Differences of other objects.
   * @default - none
   */
  readonly ignoreDifferences?: ArgoCdIgnoreDifference[];
  /**
   * Options beside `ArgoCdApplication.SYNC_OPTIONS`, such as `CreateNamespace=true`.
   * @default - none
   */
  readonly syncOptions?: string[];
}

/**
 * An Argo CD Application that leaves alone what Serin moves: as a whole, or, without `source` and `destination`, as a patch
 * for `kubectl apply --server-side` or kustomize.
 */
export class ArgoCdApplication extends Construct {
  /**
   * What every Application with Canaries needs: a sync writes the live values of ignored fields instead of those in the
   * repository, and is asked to write only objects that differ.
   */
  public static readonly SYNC_OPTIONS: readonly string[] = ['RespectIgnoreDifferences=true', 'ApplyOutOfSyncOnly=true'];

  /** The object itself. */
  public readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: ArgoCdApplicationProps,
  ) {
    super(scope, id);
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { namespace: 'argocd', ...props.metadata },
      spec: Lazy.any({ produce: () => this.renderSpec() }),
    });
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** `metadata.name`. */
  public get name(): string {
    return this.apiObject.name;
  }

  private get canaries(): Canary[] {
    const found = this.props.releases.flatMap((release) => release.node.findAll());
    return [...new Set(found)].filter((each): each is Canary => each instanceof Canary);
  }

  private renderSpec(): unknown {
    const { project, source, destination, automated, ignoreDifferences = [], syncOptions = [] } = this.props;
    const isPatch = source === undefined && destination === undefined;
    return render({
      project: isPatch ? project : (project ?? 'default'),
      source,
      destination,
      syncPolicy: {
        automated: automated ? { prune: true, selfHeal: true } : undefined,
        syncOptions: [...ArgoCdApplication.SYNC_OPTIONS, ...syncOptions],
      },
      ignoreDifferences: [...this.canaries.flatMap((canary) => canary.argoCdIgnoreDifferences()), ...ignoreDifferences],
    });
  }

  private problems(): string[] {
    const { canaries } = this;
    if (canaries.length === 0) return ['releases: no Canary is in them: give the charts whose Canaries it delivers'];
    return canaries
      .filter(({ delivery }) => delivery !== Delivery.ARGO_CD)
      .map(
        ({ node, delivery = 'not said' }) =>
          `releases: delivery of [${node.path}] is ${delivery}: give it Delivery.ARGO_CD, so that its manifests fit`,
      );
  }
}
