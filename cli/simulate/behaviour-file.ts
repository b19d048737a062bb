/** `--behaviour v2.yaml`: how the new version acts, in the words of `serin/testing`. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { isObject } from '../../model/json';
import type { Behaviour } from '../../testing/version';
import type { Terminal } from '../terminal';
import { UsageError } from '../usage-error';

const FIELDS: Readonly<Record<keyof Behaviour, string>> = {
  errors: 'a share such as 5%',
  latency: 'a duration such as 300ms, or { p50, p90, p99, max }',
  startup: 'a duration such as 20s',
  crash: 'true, or a duration such as 2m',
  neverReady: 'true or false',
  warmUp: '{ requests, time, slowdown, errors }',
  capacityPerSecond: 'a number',
};

/** @throws UsageError for what is not a behaviour */
export async function readBehaviour(file: string, { stdin }: Pick<Terminal, 'stdin'>): Promise<Behaviour> {
  const document = parseDocument(file === '-' ? await stdin() : readFileSync(file, 'utf8'));
  const [error] = document.errors;
  if (error) throw new UsageError(`${file}: ${error.message.split('\n')[0]}`);
  const value = (document.toJS() ?? {}) as unknown;
  const known = Object.entries(FIELDS).map(([name, what]) => `${name} (${what})`);
  if (!isObject(value)) throw new UsageError(`${file}: write fields of a behaviour: ${known.join(', ')}`);
  const odd = Object.keys(value).find((name) => !Object.hasOwn(FIELDS, name));
  if (odd) throw new UsageError(`${file}: ${odd} is no field of a behaviour, there are ${known.join(', ')}`);
  return value as Behaviour;
}
