/** A right that the controller lacks, told so that whoever reads it can grant it. */

/** RBAC's words. Quotas and admission forbid too, in other words. */
const REFUSED = /is forbidden: User "[^"]*" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"/;

/** Words of the admission plugin OwnerReferencesPermissionEnforcement. */
const NOT_OWNER = /is forbidden: cannot set (?:blockOwnerDeletion|an ownerRef on a resource)/;

const FINALIZERS = ['update', 'canaries/finalizers', 'flagger.app'] as const;

/**
 * The API server's text with the request before it and the remedy behind it, when the text is about a missing right;
 * else the text alone.
 * @param what Verb and path of the request.
 */
export function refusalText(text: string, what: string): string {
  const right = missingRight(text);
  if (right === undefined) return text;
  const [verb, resource, group] = right;
  const named = group === '' ? resource : `${resource} of ${group}`;
  return `${what}: ${text}: allow ${verb} on ${named} in the controller's role; serin install prints one for each provider and option`;
}

function missingRight(text: string): readonly string[] | undefined {
  return REFUSED.exec(text)?.slice(1) ?? (NOT_OWNER.test(text) ? FINALIZERS : undefined);
}
