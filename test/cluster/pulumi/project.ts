/** A Pulumi project as its users have it: the command line, a Pulumi.yaml, a state in files, and one stack. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { type CommandResult, tryCommand } from '../control-plane/command';
import { removeFolder, temporaryFolder } from '../control-plane/folder';
import { installPlugin } from './plugin';

const ROOT = join(__dirname, '../../..');
const PLUGINS = { 'pulumi-language-nodejs': 'language-host', 'pulumi-resource-kubernetes': 'kubernetes-provider' };
const COMMAND_MS = 240_000;

/** Runs `pulumi` in one project, with the stand-ins for its plugins on the PATH and nothing of the user's own. */
export class PulumiProject {
  readonly #home = temporaryFolder(tmpdir(), 'serin-pulumi-');
  /** Links to what is in the project's folder, because Pulumi writes its stack's settings beside it. */
  readonly #project: string;
  /** Made before the first command that needs it. */
  #stack: Promise<CommandResult> | undefined;

  /**
   * @param cli Path of `pulumi`.
   * @param kubeconfig Path of one with a token.
   * @param folder Of Pulumi.yaml. @default the checkout
   */
  constructor(
    readonly cli: string,
    readonly kubeconfig: string,
    folder = ROOT,
  ) {
    for (const name of ['state', 'bin', 'project']) mkdirSync(join(this.#home, name));
    this.#project = join(this.#home, 'project');
    const modules = ['package.json', 'node_modules'].map((name) => join(ROOT, name));
    for (const path of new Set([...contentsOf(folder), ...modules]))
      symlinkSync(path, join(this.#project, basename(path)));
    symlinkSync(cli, join(this.#home, 'bin', 'pulumi'));
    for (const [name, source] of Object.entries(PLUGINS)) installPlugin(join(this.#home, 'bin'), name, source);
  }

  /** What programs and the Automation API need too. */
  get environment(): Record<string, string> {
    const path = [join(this.#home, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''];
    return {
      PATH: path.join(delimiter),
      HOME: this.#home,
      KUBECONFIG: this.kubeconfig,
      PULUMI_HOME: join(this.#home, 'pulumi'),
      PULUMI_BACKEND_URL: `file://${join(this.#home, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: '',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    };
  }

  /** `pulumi up` without questions; the configuration stays for the next one. */
  up(config: Record<string, string> = {}, ...args: string[]): Promise<CommandResult> {
    return this.#run(['up', '--yes', '--skip-preview', ...settings(config), ...args]);
  }

  preview(...args: string[]): Promise<CommandResult> {
    return this.#run(['preview', ...args]);
  }

  /** Takes down what is there and forgets the state. */
  async destroy(): Promise<CommandResult> {
    return this.#run(['destroy', '--yes', '--skip-preview']);
  }

  /** An output of the stack, as JSON. */
  async output(name: string): Promise<unknown> {
    const { code, stdout, stderr } = await this.#pulumi(['stack', 'output', name, '--json', '--stack', 'test']);
    if (code !== 0) throw new Error(`there is no output ${name}:\n${stdout}\n${stderr}`);
    return JSON.parse(stdout);
  }

  forget(): void {
    removeFolder(this.#home);
  }

  async #run(args: string[]): Promise<CommandResult> {
    this.#stack ??= this.#pulumi(['stack', 'select', '--create', 'test']);
    await this.#stack;
    return this.#pulumi([...args, '--stack', 'test']);
  }

  #pulumi(args: string[]): Promise<CommandResult> {
    const all = ['--non-interactive', '--color', 'never', '--cwd', this.#project, ...args];
    return tryCommand(this.cli, all, { env: this.environment, timeoutMs: COMMAND_MS });
  }
}

const settings = (config: Record<string, string>) =>
  Object.entries(config).flatMap(([name, value]) => ['--config', `${name}=${value}`]);

const contentsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== '.git')
    .map((name) => join(folder, name));
