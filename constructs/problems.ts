import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { isError, type Problem, problemText } from '../model/problem';

/** Rules of the model over a manifest. */
export type Rules<Manifest> = (manifest: Manifest) => Problem[];

/**
 * Makes synthesis fail on what the rules call an error (path, value and remedy, behind the construct's path), and prints
 * what they call a warning once.
 */
export function checkAtSynth<Manifest>(
  construct: Construct,
  object: ApiObject,
  rules: Rules<Manifest>,
  more: () => string[] = () => [],
): void {
  const warned = new Set<string>();
  construct.node.addValidation({
    validate() {
      const problems = problemsOf(object, rules);
      if (typeof problems === 'string') return [problems];
      for (const text of problems.filter((problem) => !isError(problem)).map(problemText)) {
        if (!warned.has(text)) process.emitWarning(`[${construct.node.path}] ${text}`, 'SerinWarning');
        warned.add(text);
      }
      const errors = problems.filter(isError).map(problemText);
      return errors.length > 0 ? errors : more();
    },
  });
}

/** cdk8s says where, as the path in front of every problem does. */
const CDK8S_PREFIX = /^Failed serializing construct at path '[^']*' with name '[^']*': Error: /;

/** The problems, or why the manifest cannot be made. */
function problemsOf<Manifest>(object: ApiObject, rules: Rules<Manifest>): Problem[] | string {
  try {
    return rules(object.toJson() as Manifest);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(CDK8S_PREFIX, '');
  }
}
