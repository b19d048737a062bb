/** `spec.analysis` as props: its strategy, its checks and the rest. */
import { SameSite } from '../../constructs/analysis';
import { isObject, type JsonObject } from '../../model/json';
import { alert, metric, type VariableOf, webhook } from './checks';
import { duration, seconds } from './durations';
import { stringMatch } from './service';
import {
  type Fields,
  fieldsOf,
  flag,
  list,
  mapOf,
  member,
  type Names,
  number,
  objectCode,
  type Props,
  struct,
  text,
  textMap,
  type Writer,
} from './written';

const headerMatch = struct({ exact: text, prefix: text, suffix: text, regex: text });
const match = list(struct({ headers: mapOf(headerMatch), queryParams: mapOf(stringMatch), sourceLabels: textMap }));

const sessionAffinity = struct(
  {
    cookieName: text,
    primaryCookieName: text,
    maxAge: seconds,
    domain: text,
    path: text,
    httpOnly: flag,
    secure: flag,
    partitioned: flag,
    sameSite: member('SameSite', SameSite),
  },
  'cookieName',
);

const LOOSE: Fields = {
  stepWeight: number,
  stepWeights: list(number),
  maxWeight: number,
  stepWeightPromotion: number,
  iterations: number,
  mirror: flag,
  mirrorWeight: number,
  match,
  sessionAffinity,
};

const SHIFT: Fields = {
  stepWeightPromotion: number,
  match,
  sessionAffinity,
  mirror: { prop: 'mirrorFirst', write: flag },
  mirrorWeight: number,
};

interface Way {
  factory: string;
  fields: Fields;
  /** What such a strategy cannot be without. */
  needs: readonly string[];
}

/** `mirror: true` is no option of a mirrored strategy. */
const mirrors: Writer = (value) => (value === true ? { code: '', made: true } : undefined);

/** In the order in which they are tried. */
const WAYS: readonly Way[] = [
  { factory: 'progressive', fields: { stepWeight: number, maxWeight: number, ...SHIFT }, needs: ['stepWeight'] },
  {
    factory: 'stepWeights',
    fields: { stepWeights: { prop: 'weights', write: list(number) }, ...SHIFT },
    needs: ['stepWeights'],
  },
  { factory: 'blueGreen', fields: { iterations: number }, needs: ['iterations'] },
  { factory: 'abTest', fields: { match, iterations: number }, needs: ['match', 'iterations'] },
  {
    factory: 'mirrored',
    fields: { iterations: number, mirror: mirrors, mirrorWeight: number },
    needs: ['iterations', 'mirror'],
  },
];

/** The strategy that says every field of the analysis that is one's, or these fields one by one. */
function strategy(analysis: JsonObject, names: Names): Props {
  const given = Object.keys(analysis).filter((field) => field in LOOSE);
  for (const { factory, fields, needs } of WAYS) {
    if (!needs.every((field) => given.includes(field)) || !given.every((field) => field in fields)) continue;
    const used: Names = new Set();
    const { entries, made } = fieldsOf(analysis, fields, used);
    if (!given.every((field) => field in made)) continue;
    for (const name of ['Strategy', ...used]) names.add(name);
    const options = objectCode(entries.filter(([, code]) => code !== ''));
    return { entries: [['strategy', `Strategy.${factory}(${options})`]], made };
  }
  return fieldsOf(analysis, LOOSE, names);
}

/** An analysis must have an interval and a threshold: patches take away what was not there. */
export function analysis(variableOf: VariableOf): Writer {
  return (value, names) => {
    const object = isObject(value) ? value : {};
    const needed = fieldsOf(object, { interval: duration, threshold: number }, names);
    if (!('interval' in needed.made)) {
      names.add('Duration');
      needed.entries.push(['interval', 'Duration.minutes(1)']);
      needed.made['interval'] = '1m';
    }
    if (!('threshold' in needed.made)) {
      needed.entries.push(['threshold', '1']);
      needed.made['threshold'] = 1;
    }
    const steps = strategy(object, names);
    const rest = fieldsOf(object, restFields(variableOf), names);
    return {
      code: objectCode([...needed.entries, ...steps.entries, ...rest.entries]),
      made: { ...needed.made, ...steps.made, ...dropEmpty(rest.made) },
    };
  };
}

const restFields = (variableOf: VariableOf): Fields => ({
  primaryReadyThreshold: number,
  canaryReadyThreshold: number,
  metrics: list(metric(variableOf)),
  webhooks: list(webhook),
  alerts: list(alert(variableOf)),
});

/** The constructs leave out the lists that have nothing. */
const dropEmpty = (made: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(made).filter(([, value]) => !Array.isArray(value) || value.length > 0));
