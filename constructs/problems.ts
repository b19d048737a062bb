import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { isError, type Problem, problemText } from '../model/problem';
import { duringSynthesis, once, watchSynthesis } from './synthesis';

/** Rules of the model over a manifest. */
export type Rules<Manifest> = (manifest: Manifest) => Problem[];

/** More to say than rules over one manifest can. */
export interface MoreChecks<Manifest> {
  /** What works, but hardly as meant. */
  readonly hints?: (manifest: Manifest) => string[];
}

/**
 * Makes synthesis fail on what the rules call an error (path, value and remedy, behind the construct's path), and prints
 * what they call a warning once.
 */
export function checkAtSynth<Manifest>(
  construct: Construct,
  object: ApiObject,
  rules: Rules<Manifest>,
  more: (manifest: Manifest) => string[] = () => [],
  { hints = () => [] }: MoreChecks<Manifest> = {},
): void {
  const warned = new Set<string>();
  const validate = () => {
    const manifest = manifestOrReason<Manifest>(object);
    if (typeof manifest === 'string') return [manifest];
    const problems = rules(manifest);
    const warnings = problems.filter((problem) => !isError(problem)).map(problemText);
    for (const text of [...warnings, ...hints(manifest)]) {
      if (!warned.has(text)) process.emitWarning(`[${construct.node.path}] ${text}`, 'SerinWarning');
      warned.add(text);
    }
    const errors = problems.filter(isError).map(problemText);
    return errors.length > 0 ? errors : more(manifest);
  };
  watchSynthesis(construct);
  construct.node.addValidation({
    validate: () => duringSynthesis(construct, () => once(construct, 'problems', validate)),
  });
}

/** cdk8s says where, as the path in front of every problem does. */
const CDK8S_PREFIX = /^Failed serializing construct at path '[^']*' with name '[^']*': Error: /;

/** The manifest, or why it cannot be made. */
function manifestOrReason<Manifest>(object: ApiObject): Manifest | string {
  try {
    return object.toJson() as Manifest;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(CDK8S_PREFIX, '');
  }
}
