import { type ProviderFactory, QueryError } from './metric-provider';

/** The Keptn project is archived; its CRDs get no fixes any more. */
export const keptn: ProviderFactory = () => {
  throw new QueryError(
    'NotSupported',
    'Serin does not ask Keptn, which the CNCF has archived: ask the metric server behind it with its own provider type',
  );
};
