/** The built-in metrics whose questions may share a query. */
import { builtinQuery, requestCountQuery } from '../../../controller/analysis/queries';
import { VARIABLES } from './questions';

export const variablesOf = ({ namespace, name }: { namespace: string; name: string }) => ({
  ...VARIABLES,
  namespace,
  target: name,
  ingress: name,
});

const METRICS = ['request-success-rate', 'request-duration', 'grpc-success-rate', 'request-count'];

/** The query of one workload, and the one for several in it. */
export function groupedQuery(metric: string, provider: string, workload: { namespace: string; name: string }) {
  const variables = variablesOf(workload);
  return metric === 'request-count'
    ? requestCountQuery(provider, variables)
    : builtinQuery(metric, provider, variables)!;
}

/** What a provider's proxies count. */
export const groupedMetrics = (provider: string) =>
  METRICS.filter((metric) => provider !== 'nginx' || !metric.startsWith('grpc'));
