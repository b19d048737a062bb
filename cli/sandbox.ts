/** `serin sandbox`: the embedded cluster in real time, for kubectl and for people's own programs. */
import { realClock } from '../controller/clock';
import { scaledClock } from '../sandbox/clock';
import { type Doors, openDoors } from './doors';
import { embeddedCluster } from './embedded-cluster';
import { coloursOf, type Terminal } from './terminal';
import { EXIT } from './usage-error';

export interface SandboxOptions {
  port: number;
  prometheusPort: number;
  writeKubeconfig?: string;
  speed: number;
  withController?: boolean;
}

/** Runs until a signal. @returns the exit code */
export async function runSandboxVerb(options: SandboxOptions, terminal: Terminal): Promise<number> {
  const clock = options.speed === 1 ? realClock() : scaledClock(options.speed);
  const withController = options.withController === true;
  const cluster = embeddedCluster({ clock, withController, log: terminal.stderr });
  try {
    const doors = await openDoors(cluster.sandbox, { ...options, kubeconfig: options.writeKubeconfig });
    await cluster.start();
    terminal.stdout.write(welcome(doors, options, terminal));
    await terminal.interrupted;
    await doors.close();
  } finally {
    await cluster.stop();
  }
  return EXIT.ok;
}

function welcome({ api, prometheus, kubeconfig }: Doors, { withController }: SandboxOptions, terminal: Terminal) {
  const { bold, cyan, dim } = coloursOf(terminal.stdout, terminal.env);
  const next = withController
    ? dim('the controller and the load tester (http://flagger-loadtester.test/) run in this process')
    : `${dim('in another terminal, a controller:')}\n    serin controller --kubeconfig ${kubeconfig} --metrics-server ${prometheus} --port 8081`;
  return `${[
    bold('The embedded cluster is up.'),
    `  Kubernetes  ${cyan(api)}`,
    `  Prometheus  ${cyan(prometheus)}`,
    '',
    `  ${dim('in another terminal:')}`,
    `    export KUBECONFIG=${kubeconfig}`,
    '    kubectl get ns',
    '',
    `  ${next}`,
    '',
    dim('  Ctrl-C ends it; everything in it is gone then.'),
  ].join('\n')}\n`;
}
