import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The launcher in a package of its own, whose bundle is `source`. */
let folder: string;
const bin = () => join(folder, 'bin', 'serin.js');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-launcher-'));
  cpSync(join(__dirname, '..', '..', 'bin'), join(folder, 'bin'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

function build(source: string): void {
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib', 'serin.js'), source);
}

function pinNode(): void {
  const home = join(folder, 'node_modules', 'node');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "name": "node", "version": "24.0.0" }');
  symlinkSync(process.execPath, join(home, 'bin', 'node'));
}

/** Makes the first process, not the one that it starts, believe that it runs on Node 20. */
function oldNode(): string[] {
  const preload = join(folder, 'old-node.cjs');
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
  writeFileSync(preload, `if (process.env.SERIN_LAUNCHED === undefined) { ${pretend} }`);
  return ['--require', preload];
}

const env = { ...process.env, NODE_OPTIONS: '' };
const run = (flags: string[], ...args: string[]) =>
  spawnSync(process.execPath, [...flags, bin(), ...args], { encoding: 'utf8', env, timeout: 10_000 });

const SAY = `console.log(process.argv.slice(2).join(' '), process.env.SERIN_LAUNCHED ?? 'direct'); process.exitCode = 7;`;

it('runs the bundle in its own process on a Node that is new enough', () => {
  build(SAY);
  const { stdout, status } = run([], 'controller', '--help');
  expect([stdout, status]).toEqual(['controller --help direct\n', 7]);
});

it('starts the bundle again on the pinned Node, with arguments and exit code', () => {
  build(SAY);
  pinNode();
  const { stdout, stderr, status } = run(oldNode(), 'crds', 'a b');
  expect([stdout, stderr, status]).toEqual(['crds a b direct\n', '', 7]);
});

it('says which Node it needs when none is pinned', () => {
  build(SAY);
  const { stdout, stderr, status } = run(oldNode());
  expect([stdout, status]).toEqual(['', 1]);
  expect(stderr).toMatch(/^serin: needs Node 22\.19 or newer, this is 20\.20\.2 /);
});

it('says how to build the bundle when it is not there', () => {
  const { stderr, status } = run([]);
  expect(status).toBe(1);
  expect(stderr).toBe(
    'serin: lib/serin.js is not built. Run `npm install` (or `npm run build`) in the package folder first.\n',
  );
});

describe('with a bundle that waits', () => {
  const WAIT = `
    process.on('SIGTERM', () => process.exit(9));
    console.log(process.pid);
    setInterval(() => {}, 1000);
  `;

  /** Starts the launcher on an old Node; resolves when the process that it starts is ready. */
  async function launch() {
    build(WAIT);
    pinNode();
    const launcher = spawn(process.execPath, [...oldNode(), bin()], { stdio: ['ignore', 'pipe', 'inherit'], env });
    const ended = new Promise<number | null>((resolve) => launcher.on('exit', resolve));
    const pid = await new Promise<number>((resolve) => {
      launcher.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    });
    expect(pid).not.toBe(launcher.pid);
    return { launcher, ended };
  }

  it('hands signals on and ends with its exit code', async () => {
    const { launcher, ended } = await launch();
    launcher.kill('SIGTERM');
    expect(await ended).toBe(9);
  });

  it('does not leave it behind when the launcher is killed', async () => {
    const { launcher } = await launch();
    launcher.kill('SIGKILL');
    // The other end of the pipe is the child's alone now: it closes when the child ends, or the test times out.
    await new Promise((resolve) => launcher.stdout.once('close', resolve));
  });
});
