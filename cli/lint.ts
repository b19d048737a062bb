/** `serin lint`: what is wrong with manifests, and what an expert would say about the policies in them. */
import { advise } from '../model/advise';
import type { AlertProvider, Canary, MetricTemplate } from '../model/canary';
import type { KubeObject } from '../model/kube';
import type { Problem } from '../model/problem';
import { isError, validate, validateAlertProvider, validateMetricTemplate } from '../model/validate';
import { isOurs } from './import/program';
import { type Placed, readManifests } from './manifests';
import { type Colours, coloursOf, type Terminal } from './terminal';
import { EXIT, UsageError } from './usage-error';

export interface LintOptions {
  file: string[];
  /** Requests a second. */
  traffic?: number;
  meshProvider: string;
  strict?: boolean;
  json?: boolean;
  color: boolean;
}

/** What is said about one object. */
interface Finding {
  file: string;
  /** `Canary test/podinfo` */
  object: string;
  problems: Problem[];
}

/** @returns the exit code: 1 for errors, with `strict` for warnings too */
export async function runLintVerb(options: LintOptions, terminal: Terminal): Promise<number> {
  const placed = (await readManifests(options.file, terminal)).filter(({ object }) => isOurs(object));
  if (placed.length === 0) {
    throw new UsageError(`${options.file.join(', ')}: no Canary, MetricTemplate or AlertProvider in it`);
  }
  const findings = placed.map((one) => findingOf(one, placed, options));
  const { stdout, env } = terminal;
  stdout.write(options.json ? jsonOf(findings) : textOf(findings, coloursOf(stdout, env, options.color)));
  const failing = findings.flatMap(({ problems }) => problems).filter((one) => options.strict || isError(one));
  return failing.length > 0 ? EXIT.failed : EXIT.ok;
}

function findingOf({ file, object }: Placed, all: readonly Placed[], options: LintOptions): Finding {
  const { name, namespace } = object.metadata;
  return {
    file,
    object: `${object.kind} ${namespace ? `${namespace}/` : ''}${name}`,
    problems: problemsOf(object, all, options),
  };
}

/** Advice is for what can work: errors come first. */
function problemsOf(object: KubeObject, all: readonly Placed[], { traffic, meshProvider }: LintOptions): Problem[] {
  const given = all.map((one) => one.object);
  const advice = { ...(traffic !== undefined && { requestsPerSecond: traffic }), objects: given };
  const found =
    object.kind === 'Canary'
      ? validate(object as Canary, { provider: meshProvider })
      : object.kind === 'MetricTemplate'
        ? validateMetricTemplate(object as MetricTemplate)
        : validateAlertProvider(object as AlertProvider);
  return found.some(isError) ? found : [...found, ...advise(object, advice)];
}

function textOf(findings: readonly Finding[], { bold, red, yellow, green, dim }: Colours): string {
  const lines = findings.flatMap(({ file, object, problems }) => [
    `${bold(object)} ${dim(file)}${problems.length === 0 ? `  ${green('fine')}` : ''}`,
    ...problems.flatMap(({ path, value, message, remedy, severity }) => {
      const label = severity === 'error' ? red('error  ') : yellow('warning');
      const shown = value === undefined ? '' : dim(` (${shorten(JSON.stringify(value) ?? '')})`);
      return [`  ${label}  ${path}${shown} ${message}`, dim(`           ${remedy}`)];
    }),
  ]);
  const all = findings.flatMap(({ problems }) => problems);
  const errors = all.filter(isError).length;
  return `${[...lines, '', `${errors} errors, ${all.length - errors} warnings`].join('\n')}\n`;
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function jsonOf(findings: readonly Finding[]): string {
  const all = findings.flatMap(({ file, object, problems }) =>
    problems.map((problem) => ({ file, object, ...problem, value: problem.value ?? null })),
  );
  const errors = all.filter((one) => one.severity === 'error').length;
  return `${JSON.stringify({ errors, warnings: all.length - errors, problems: all }, null, 2)}\n`;
}
