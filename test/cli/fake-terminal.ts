import type { Terminal } from '../../cli/terminal';

/** A terminal that remembers everything; no TTY unless it has a size. */
export function aTerminal(env: Record<string, string> = {}, size?: { columns: number; rows: number }, input = '') {
  const written = { out: '', err: '' };
  const screen = (name: 'out' | 'err') => ({
    ...(size && { isTTY: true, ...size }),
    write(text: string) {
      written[name] += text;
    },
  });
  let interrupt: (signal: string) => void = () => undefined;
  const terminal: Terminal = {
    stdout: screen('out'),
    stderr: screen('err'),
    stdin: async () => input,
    env,
    interrupted: new Promise((resolve) => {
      interrupt = resolve;
    }),
  };
  return { terminal, written, interrupt: () => interrupt('SIGINT') };
}
