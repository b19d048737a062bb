/** Query templates: the part of Go's text/template that spec traffic-and-metrics 4.3 names. */
import {
  fieldOf,
  isTrue,
  STANDARD_FUNCTIONS,
  sortedEntries,
  type TemplateFunction,
  textOf,
  UNSUPPORTED_FUNCTIONS,
  type Value,
} from './template-functions';
import { type Node, type Operand, type Pipe, parseTemplate } from './template-syntax';
import { TemplateError } from './template-tokens';

/** Takes the output piece by piece: what the author wrote, and what an action gave. */
export interface TemplateOutput {
  literal(text: string): void;
  /** @throws Error when the value cannot stand here. */
  value(text: string): void;
}

/** Nested ranges multiply; no honest query comes near. */
const MAX_STEPS = 100_000;

/**
 * Renders `source`. `data` is the dot, and each of its keys is a function too: `{{ target }}` and `{{ .target }}`.
 * @throws TemplateError with line, column and what is wrong; nothing is ever left out silently.
 */
export function renderTemplate(source: string, data: { [key: string]: Value }, output: TemplateOutput): void {
  const nodes = parseTemplate(source, (name) => {
    return Object.hasOwn(data, name) || Object.hasOwn(STANDARD_FUNCTIONS, name) || isLazy(name) || isRefused(name);
  });
  new Renderer(source, data, output).run(nodes, { dot: data, variables: new Scope().declare('$', data) });
}

const isLazy = (name: string) => name === 'and' || name === 'or';
const isRefused = (name: string) => UNSUPPORTED_FUNCTIONS.has(name);

interface Frame {
  dot: Value;
  variables: Scope;
}

/** Variables of a block, over those around it. */
class Scope {
  private readonly values = new Map<string, Value>();
  constructor(private readonly parent?: Scope) {}

  declare(name: string, value: Value): this {
    this.values.set(name, value);
    return this;
  }

  holder(name: string): Scope | undefined {
    return this.values.has(name) ? this : this.parent?.holder(name);
  }

  get(name: string): Value {
    return this.values.get(name);
  }
}

class Renderer {
  private steps = 0;

  constructor(
    private readonly source: string,
    private readonly data: { [key: string]: Value },
    private readonly output: TemplateOutput,
  ) {}

  run(nodes: Node[], frame: Frame): void {
    for (const node of nodes) {
      if (node.kind === 'literal') this.output.literal(node.text);
      else this.act(node, frame);
    }
  }

  private act(node: Exclude<Node, { kind: 'literal' }>, frame: Frame): void {
    const { pipe } = node;
    if (++this.steps > MAX_STEPS) throw new TemplateError(this.source, pipe.at, 'the template does not come to an end');
    if (node.kind === 'output') this.write(pipe, frame);
    else if (node.kind === 'range') this.repeat(node, frame);
    else this.choose(node, { dot: frame.dot, variables: new Scope(frame.variables) });
  }

  private choose(node: Extract<Node, { kind: 'if' | 'with' }>, frame: Frame): void {
    const value = this.pipe(node.pipe, frame);
    if (!isTrue(value)) this.run(node.otherwise, frame);
    else this.run(node.body, node.kind === 'with' ? { ...frame, dot: value } : frame);
  }

  private write(pipe: Pipe, frame: Frame): void {
    const value = this.pipe(pipe, frame);
    if (pipe.declares.length > 0) return;
    if (value === undefined) throw new TemplateError(this.source, pipe.at, 'the value is nil');
    this.guard(pipe.at, () => this.output.value(textOf(value)));
  }

  private repeat(node: Extract<Node, { kind: 'range' }>, frame: Frame): void {
    const { declares, ...plain } = node.pipe;
    const collection = this.pipe({ ...plain, declares: [] }, frame);
    if (typeof collection !== 'object') {
      throw new TemplateError(this.source, node.pipe.at, `range can't iterate over ${textOf(collection)}`);
    }
    const entries: Array<[Value, Value]> = Array.isArray(collection)
      ? [...collection.entries()]
      : sortedEntries(collection);
    for (const [key, value] of entries) {
      const variables = new Scope(frame.variables);
      const names = declares.length === 2 ? [key, value] : [value];
      declares.forEach((name, position) => {
        variables.declare(name, names[position]);
      });
      if (++this.steps > MAX_STEPS) {
        throw new TemplateError(this.source, node.pipe.at, 'the template does not come to an end');
      }
      this.run(node.body, { dot: value, variables });
    }
    if (entries.length === 0) this.run(node.otherwise, frame);
  }

  private pipe(pipe: Pipe, frame: Frame): Value {
    let value: Value;
    pipe.commands.forEach((command, position) => {
      value = this.command(command, frame, position === 0 ? [] : [value]);
    });
    for (const name of pipe.declares) this.setVariable(pipe, name, value, frame);
    return value;
  }

  private setVariable(pipe: Pipe, name: string, value: Value, frame: Frame): void {
    const scope = pipe.assigns ? frame.variables.holder(name) : frame.variables;
    if (scope === undefined) throw new TemplateError(this.source, pipe.at, `undefined variable "${name}"`);
    scope.declare(name, value);
  }

  private command([first, ...rest]: Operand[], frame: Frame, piped: Value[]): Value {
    if (first === undefined) return undefined;
    if (first.base.kind !== 'function' || first.fields.length > 0) return this.operand(first, frame);
    const { name } = first.base;
    if (isLazy(name)) return this.lazy(name, first, rest, frame, piped);
    return this.call(first, [...rest.map((argument) => this.operand(argument, frame)), ...piped]);
  }

  /** `and` gives the first empty argument, `or` the first that is not; the rest is not evaluated. */
  private lazy(name: string, at: Operand, args: Operand[], frame: Frame, piped: Value[]): Value {
    let value: Value;
    if (args.length + piped.length === 0) throw new TemplateError(this.source, at.at, `${name} needs arguments`);
    for (const next of [...args.map((argument) => () => this.operand(argument, frame)), ...piped.map((p) => () => p)]) {
      value = next();
      if (isTrue(value) === (name === 'or')) return value;
    }
    return value;
  }

  private operand(operand: Operand, frame: Frame): Value {
    let value = this.base(operand, frame);
    for (const { name, at } of operand.fields) value = this.guard(at, () => fieldOf(value, name));
    return value;
  }

  private base(operand: Operand, frame: Frame): Value {
    const { base } = operand;
    switch (base.kind) {
      case 'constant':
        return base.value;
      case 'dot':
        return frame.dot;
      case 'pipe':
        return this.pipe(base.pipe, frame);
      case 'function':
        return this.call(operand, []);
      case 'variable': {
        const scope = frame.variables.holder(base.name);
        if (scope === undefined) throw new TemplateError(this.source, operand.at, `undefined variable "${base.name}"`);
        return scope.get(base.name);
      }
    }
  }

  private call(operand: Operand, args: Value[]): Value {
    const name = operand.base.kind === 'function' ? operand.base.name : '';
    return this.guard(operand.at, () => {
      if (isRefused(name) || isLazy(name)) throw new Error(`function "${name}" is not supported here`);
      if (!Object.hasOwn(this.data, name)) return (STANDARD_FUNCTIONS[name] as TemplateFunction)(...args);
      if (args.length > 0) throw new Error(`wrong number of args for ${name}: want 0 got ${args.length}`);
      return this.data[name];
    });
  }

  private guard<T>(at: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      throw new TemplateError(this.source, at, (error as Error).message);
    }
  }
}
