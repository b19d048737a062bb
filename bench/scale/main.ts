/** `npm run bench`: the whole story of a run. */
import { join } from 'node:path';
import { provideAssets } from '../../test/cluster/control-plane/assets';
import { command } from '../../test/cluster/control-plane/command';
import { environment } from './environment';
import { type Contestant, HELP, type Options, readOptions, UsageError } from './options';
import { previousResult, type Result, saveResult } from './results';
import { grow, killed, play, startAgain, startEmpty } from './scenarios';
import { type Files, Stage } from './stage';
import { table } from './table';
import { misses } from './targets';

/**
 * @param root Folder of the checkout.
 * @param prometheus The bundled Prometheus stand-in.
 * @returns the exit code
 */
export async function main(root: string, prometheus: string, args: string[]): Promise<number> {
  try {
    const options = readOptions(args, root);
    if (options.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return await bench(root, prometheus, options);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench: ${error.message}`);
      return 2;
    }
    console.error(error);
    return 1;
  }
}

async function bench(root: string, prometheus: string, options: Options): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const say = sayer();
  const assets = await provideAssets(join(root, 'test/cluster/control-plane'), say);
  await command(process.execPath, [join(root, 'scripts/build.mjs'), '--if-stale']);
  const files = { assets, crds: join(root, 'crds'), prometheus };
  const result: Result = { ...environment(root, options), controllers: {} };
  const startMs = performance.now();
  for (const contestant of options.contestants) {
    result.controllers[contestant.name] = await measured(contestant, options, files, say);
  }
  result.tookSeconds = Math.round((performance.now() - startMs) / 1000);
  const before = previousResult(root, options.name);
  const missed = misses(result);
  console.log(options.json ? JSON.stringify({ ...result, missed }, null, 2) : table(result, before, missed));
  if (options.save) say(`written: ${saveResult(root, options.name, result).join(', ')}`);
  return options.check && missed.length > 0 ? 1 : 0;
}

async function measured(contestant: Contestant, options: Options, files: Files, say: (line: string) => void) {
  say(`${contestant.name}: starting a control plane`);
  const stage = await Stage.set(options, contestant, files);
  const figures: Result['controllers'][string] = { makings: [], starts: [], scenarios: [], takeovers: [] };
  try {
    say('no Canaries');
    figures.empty = await startEmpty(stage);
    for (const size of options.canaries) {
      figures.makings.push(await grow(stage, size, say));
      for (const progressing of options.progressing) {
        if ((size * progressing) / 100 > options.mostProgressing) {
          say(`left out: ${progressing} % of ${size} Canaries (--most-progressing ${options.mostProgressing})`);
          continue;
        }
        say(`${size} Canaries, ${progressing} % in motion`);
        figures.scenarios.push(await play(stage, progressing));
      }
      if (size === options.takeover) {
        say(`${size} Canaries, kill -9`);
        figures.takeovers.push(await killed(stage));
      }
      say(`${size} Canaries, start`);
      figures.starts.push(await startAgain(stage));
    }
    return figures;
  } finally {
    await stage.clear();
  }
}

function sayer(): (line: string) => void {
  const startMs = performance.now();
  return (line) => console.error(`bench: ${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}
