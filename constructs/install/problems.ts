/** What cannot work in a cluster although it compiles. */
import type { TrafficProvider } from '../canary-props';
import type { SerinControllerProps } from './controller-props';
import { PROVIDER_PERMISSIONS } from './permissions';

/**
 * Texts with what is wrong, the value and the remedy.
 * @internal
 */
export function installProblems(props: SerinControllerProps, providers: readonly TrafficProvider[]): string[] {
  return [...providerProblems(props, providers), ...replicaProblems(props), ...secretProblems(props)];
}

function providerProblems({ flags }: SerinControllerProps, providers: readonly TrafficProvider[]): string[] {
  const known = [...PROVIDER_PERMISSIONS.keys()].join(', ');
  const problems = providers
    .filter((provider) => !PROVIDER_PERMISSIONS.has(provider))
    .map((provider) => `trafficProviders: ${provider} is not built: take out of ${known}`);
  const { meshProvider } = flags ?? {};
  if (meshProvider !== undefined && !providers.includes(meshProvider)) {
    problems.push(`trafficProviders: flags.meshProvider (${meshProvider}) is not among them: add it`);
  }
  return problems;
}

function replicaProblems({ replicas }: SerinControllerProps): string[] {
  if (replicas === undefined || (Number.isInteger(replicas) && replicas >= 0)) return [];
  return [`replicas: must be a whole number (${replicas}): 2 survives the loss of a node`];
}

function secretProblems({ flags, watchNamespace, credentials }: SerinControllerProps): string[] {
  const secret = flags?.metricsServerSecret;
  const problems: string[] = [];
  if (secret !== undefined && !/^[^/]+\/[^/]+$/.test(secret)) {
    problems.push(`flags.metricsServerSecret: must be NAMESPACE/NAME ("${secret}")`);
  } else if (secret !== undefined && watchNamespace !== undefined && !secret.startsWith(`${watchNamespace}/`)) {
    problems.push(
      `flags.metricsServerSecret: with watchNamespace the controller reads only ${watchNamespace} ("${secret}"): put the Secret there`,
    );
  }
  if (credentials?.slackUrl !== undefined && flags?.slackChannel === undefined) {
    problems.push('flags.slackChannel: is not given, credentials.slackUrl is: name the channel that alerts go to');
  }
  return problems;
}
