import { type ApiObject, Include } from 'cdk8s';
import { Construct } from 'constructs';
import { clusterScoped } from './cluster-scoped';
import { definitionFiles } from './package-files';

/** The definitions of Canary, MetricTemplate and AlertProvider. One for a cluster. */
export class CustomResourceDefinitions extends Construct {
  /** The three definitions. */
  public readonly apiObjects: ApiObject[];

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.apiObjects = definitionFiles().flatMap((url, index) => new Include(this, String(index), { url }).apiObjects);
    clusterScoped(...this.apiObjects);
  }
}
