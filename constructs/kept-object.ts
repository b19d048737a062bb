import { ApiObject } from 'cdk8s';
import { once } from './synthesis';

/** An ApiObject whose manifest is made once in a synthesis, for the rules and for the file. */
export class KeptObject extends ApiObject {
  // biome-ignore lint/suspicious/noExplicitAny: the signature is cdk8s' own.
  public override toJson(): any {
    return once(this, 'manifest', () => super.toJson());
  }
}
