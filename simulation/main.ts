/** Composition root of the simulator: arguments, files, workers, exit code. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../model/kube';
import {
  type Command,
  explained,
  type Failure,
  HELP,
  playShare,
  readCommand,
  reportOf,
  type Seeds,
  type Share,
  told,
} from './command';
import { planOf } from './plan';
import { run } from './run';

interface Work extends Seeds {
  crdFolder: string;
  /** Unix milliseconds. */
  untilMs: number;
}

type Told = { failure: Failure } | { share: Share };

const crdsIn = (folder: string): KubeObject[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);

async function work({ crdFolder, untilMs, ...seeds }: Work): Promise<void> {
  const tell = (told: Told) => parentPort!.postMessage(told);
  const goesOn = () => Date.now() < untilMs;
  const share = await playShare(crdsIn(crdFolder), seeds, goesOn, (failure) => tell({ failure }));
  tell({ share });
}

function share(data: Work, onFailure: (failure: Failure) => void): Promise<Share> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: data });
    worker.on('message', (told: Told) => ('share' in told ? resolve(told.share) : onFailure(told.failure)));
    worker.once('error', reject);
  });
}

const failureText = ({ seed, invariant, message }: Failure): string =>
  `seed ${seed}: invariant ${invariant} is broken: ${message.split('\n')[0]}`;

async function many(command: Command, crdFolder: string): Promise<number> {
  const { first, seeds } = command;
  const workers = Math.min(command.workers ?? availableParallelism(), seeds);
  const untilMs = command.hours === undefined ? Number.POSITIVE_INFINITY : Date.now() + command.hours * 3_600_000;
  // A night is long: what broke is told when it breaks.
  const onFailure = (failure: Failure) => {
    if (!command.json) console.error(failureText(failure));
  };
  const shares = Array.from({ length: workers }, (_, i) =>
    share({ crdFolder, untilMs, first: first + i, count: seeds - i, stride: workers }, onFailure),
  );
  const report = reportOf(first, await Promise.all(shares));
  const uncovered = command.coverage && report.missing.length > 0;
  if (command.json) console.log(JSON.stringify(report));
  else {
    console.log(report.table);
    if (report.missing.length > 0) console.log(`\nnot met: ${report.missing.join(', ')}`);
    for (const failure of report.failed) console.log(failureText(failure));
    const [worst] = report.failed;
    if (worst) console.log(`\n${await explained(planOf(worst.seed), crdsIn(crdFolder))}`);
    console.log(`\n${report.seeds} seeds from ${first}: ${report.failed.length} broke a promise`);
    if (report.next !== undefined) console.log(`time is up: go on with --from ${report.next}`);
  }
  return report.failed.length > 0 || uncovered ? 1 : 0;
}

async function one({ plan, first, trace }: Command, crdFolder: string): Promise<number> {
  const crds = crdsIn(crdFolder);
  const outcome = await run(plan ?? planOf(first), { crds });
  if (outcome.broken && !plan) console.log(await explained(outcome.plan, crds));
  else if (outcome.broken || trace) console.log(told(outcome));
  else console.log(`seed ${outcome.plan.seed}: no promise was broken`);
  return outcome.broken ? 1 : 0;
}

async function main(): Promise<number> {
  const [crdFolder = '', ...args] = process.argv.slice(2);
  const command = readCommand(args);
  if (command === 'help') {
    console.log(HELP);
    return 0;
  }
  return command.single ? one(command, crdFolder) : many(command, crdFolder);
}

if (isMainThread) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      console.error(`simulate: ${error.message}\n\n${HELP}`);
      process.exitCode = 2;
    },
  );
} else void work(workerData as Work);
