/** Fields of a MetricTemplate that its provider does not look at. */
import type { JsonObject } from '../json';
import { celText, isGiven, type SharedRule } from './shared-rule';

const CHECK_CERTIFICATES = ['prometheus', 'graphite', 'externalmetrics'];

export const TEMPLATE_WARNINGS: readonly SharedRule[] = [
  ignored('headers', ['prometheus'], isGiven, 'has(object.spec.provider.headers)'),
  ignored(
    'insecureSkipVerify',
    CHECK_CERTIFICATES,
    (value) => value === true,
    'object.spec.provider.?insecureSkipVerify.orValue(false)',
  ),
];

/** The field means something to those providers only. */
function ignored(
  field: string,
  readers: readonly string[],
  isSet: (value: unknown) => boolean,
  celIsSet: string,
): SharedRule {
  const isBroken = ({ type, [field]: value }: JsonObject) => {
    return typeof type === 'string' && isSet(value) && !readers.includes(type);
  };
  return {
    name: `ignored-${field.toLowerCase()}`,
    severity: 'warning',
    path: `spec.provider.${field}`,
    message: 'is ignored by provider {type}',
    remedy: `remove ${field}`,
    broken: (spec) => {
      const provider = spec.inner('provider');
      if (!provider || !isBroken(provider.object)) return [];
      return [{ reader: provider, field, values: { type: `${provider.object['type']}` } }];
    },
    cel: {
      holds: `!${celIsSet} || object.spec.provider.type in [${readers.map(celText).join(', ')}]`,
      values: { type: 'object.spec.provider.type' },
    },
  };
}
