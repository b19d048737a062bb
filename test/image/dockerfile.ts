/** Plays a Dockerfile without a container engine: stages are folders, and the files that the build may see are the context's. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

export interface Instruction {
  /** In capitals, such as `COPY`. */
  name: string;
  text: string;
}

/** What a stage has come to. */
export interface Stage {
  /** Its `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  ports: string[];
  entrypoint: string[];
  cmd: string[];
}

/** Continued lines are one; comments and empty lines none. */
export function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => /^(\w+)\s+(.*)$/.exec(line))
    .map((match) => ({ name: match?.[1] ?? '', text: match?.[2] ?? '' }));
}

/** The entries of a context that an ignore file leaves in. It must begin with `*` and go on with `!name` lines. */
export function contextOf(ignoreFile: string): string[] {
  const [first, ...rest] = ignoreFile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const odd = rest.filter((line) => !/^![\w.-]+$/.test(line));
  if (first !== '*' || odd.length > 0) throw new Error(`only * and then !name is read: ${[first, ...odd].join(', ')}`);
  return rest.map((line) => line.slice(1));
}

/** @throws Error at an instruction that cannot be played, or when a source of a COPY is not there. */
export class Builder {
  private readonly stages = new Map<string, Stage>();
  private stage!: Stage;

  /**
   * @param context Absolute path of the checkout.
   * @param seen Entries of it that the build may see.
   * @param modules Absolute path of the node_modules that stands for what `npm install` fetches.
   */
  constructor(
    private readonly context: string,
    private readonly seen: readonly string[],
    private readonly modules: string,
  ) {}

  /** Plays all of it. @returns the last stage */
  build(instructions: readonly Instruction[]): Stage {
    for (const instruction of instructions) this.play(instruction);
    return this.stage;
  }

  private play({ name, text }: Instruction): void {
    const { stage } = this;
    const verbs: Record<string, () => unknown> = {
      FROM: () => this.from(text),
      ARG: () => undefined,
      LABEL: () => undefined,
      WORKDIR: () => {
        stage.workdir = resolve(stage.workdir, text);
        mkdirSync(this.inside('.'), { recursive: true });
      },
      COPY: () => this.copy(text),
      RUN: () => this.run(text),
      ENV: () => Object.assign(stage.env, Object.fromEntries([/^([^=]+)=(.*)$/s.exec(text)!.slice(1)])),
      USER: () => Object.assign(stage, { user: text }),
      EXPOSE: () => stage.ports.push(text),
      ENTRYPOINT: () => Object.assign(stage, { entrypoint: JSON.parse(text) }),
      CMD: () => Object.assign(stage, { cmd: JSON.parse(text) }),
    };
    const verb = verbs[name];
    if (verb === undefined) throw new Error(`${name} ${text} cannot be played`);
    verb();
  }

  private from(text: string): void {
    const root = mkdtempSync(join(tmpdir(), 'serin-image-'));
    this.stage = { root, workdir: '/', env: {}, user: '', ports: [], entrypoint: [], cmd: [] };
    this.stages.set(/ AS (\w+)$/i.exec(text)?.[1] ?? '', this.stage);
  }

  /** A path of the image as one of this machine. */
  private inside(path: string): string {
    return join(this.stage.root, resolve(this.stage.workdir, path));
  }

  private copy(text: string): void {
    const words = text.split(/\s+/);
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
    const target = words.pop() ?? '';
    for (const source of words) {
      if (from !== undefined) this.place(join(this.stages.get(from)?.root ?? '', source), target);
      else if (source === '.') this.copyContext(target);
      else if (this.seen.includes(source)) this.place(join(this.context, source), target);
      else throw new Error(`COPY ${source}: the build does not see it`);
    }
  }

  private copyContext(target: string): void {
    const there = readdirSync(this.context).filter((name) => this.seen.includes(name));
    for (const name of there) this.place(join(this.context, name), join(target, name));
  }

  private place(source: string, target: string): void {
    if (!existsSync(source)) throw new Error(`COPY: ${source} is not there`);
    const to = this.inside(target.endsWith('/') ? join(target, basename(source)) : target);
    cpSync(source, to, { recursive: true });
  }

  private run(text: string): void {
    if (/^npm install\b/.test(text)) symlinkSync(this.modules, this.inside('node_modules'));
    else execFileSync('sh', ['-c', text], { cwd: this.inside('.'), stdio: 'pipe' });
  }
}
