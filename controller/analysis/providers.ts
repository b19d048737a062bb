import { cloudwatch } from './cloudwatch';
import { datadog } from './datadog';
import { dynatrace } from './dynatrace';
import { externalmetrics } from './externalmetrics';
import { graphite } from './graphite';
import { influxdb } from './influxdb';
import { keptn } from './keptn';
import type { ProviderFactory, ProviderType } from './metric-provider';
import { newrelic } from './newrelic';
import { prometheus } from './prometheus';
import { splunk } from './splunk';
import { stackdriver } from './stackdriver';

/** Every type of the schema; those that hold connections or tokens are made anew for each asker. */
export const providerFactories = (): Record<ProviderType, ProviderFactory> => ({
  prometheus,
  influxdb,
  datadog,
  externalmetrics,
  stackdriver: stackdriver(),
  cloudwatch: cloudwatch(),
  newrelic,
  graphite,
  dynatrace,
  keptn,
  splunk,
});
