/** The verbs of `serin`: names, options and help. What they do is in the file of each verb. */
import { Command, CommanderError, Option } from 'commander';
import { version } from '../package.json';
import { collected, count, port, positive, speed } from './arguments';
import { wantsHelp, withTwoDashes } from './go-flags';
import { BEHAVIOUR_HELP, examples, IMPORT_HELP, LINT_EXIT_CODES, SIMULATE_EXIT_CODES } from './help-texts';
import { coloursOf, type Terminal } from './terminal';
import { EXIT, reportError } from './usage-error';

/**
 * Runs one command line.
 * @param args without `node` and the script
 * @returns the exit code: 0 ok, 1 failed, 2 wrong usage, 130 interrupted. Never throws.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = programOf(terminal, (ended) => {
    exitCode = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    const help = error instanceof CommanderError && error.code === 'commander.help';
    // A bare `serin` has been answered with the help, on stderr.
    if (help) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, terminal);
  }
}

type Ended = (code: number) => void;

function programOf(terminal: Terminal, ended: Ended): Command {
  const { bold, cyan, dim } = coloursOf(terminal.stdout, terminal.env);
  const program = new Command('serin')
    .description('Progressive delivery for Kubernetes, written as typed programs.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also serin <verb> --help')
    .helpCommand('help [verb]', 'print help of a verb')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => Math.min(terminal.stdout.columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(terminal.stderr.columns ?? 100, 110),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      // Errors are thrown, and told once where they are caught.
      outputError: () => {},
    })
    .configureHelp({
      styleTitle: (text) => bold(text),
      styleCommandText: (text) => cyan(text),
      styleSubcommandText: (text) => cyan(text),
      styleOptionText: (text) => cyan(text),
      styleArgumentText: (text) => dim(text),
    })
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin demo', 'watch good and bad releases move, on a cluster inside this process'],
        ['serin crds | kubectl apply -f -', 'teach a cluster the three kinds'],
        ['serin controller --kubeconfig ~/.kube/config', 'run the controller against it'],
      ]),
    );
  for (const verb of VERBS) verb(program, terminal, ended);
  return program;
}

/** A verb's code is loaded when it is asked for: `serin version` must not wait for a Kubernetes client. */
const code = {
  controller: () => require('./controller') as typeof import('./controller'),
  sandbox: () => require('./sandbox') as typeof import('./sandbox'),
  demo: () => require('./demo/demo') as typeof import('./demo/demo'),
  crds: () => require('./crds') as typeof import('./crds'),
  loadtester: () => require('./loadtester') as typeof import('./loadtester'),
  handback: () => require('./handback') as typeof import('./handback'),
  install: () => require('./install') as typeof import('./install'),
  import: () => require('./import') as typeof import('./import'),
  simulate: () => require('./simulate') as typeof import('./simulate'),
  lint: () => require('./lint') as typeof import('./lint'),
};

type Verb = (program: Command, terminal: Terminal, ended: Ended) => void;

/** A verb that reads its flags itself: they are spelled as Go programs spell them, one dash or two. */
const goFlagsVerb = (program: Command, name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .usage('[flags]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[flags...]');

const controller: Verb = (program, terminal, ended) => {
  goFlagsVerb(program, 'controller', 'run the controller that moves releases').action(async (flags: string[]) => {
    const { controllerHelp, runControllerVerb } = code.controller();
    if (wantsHelp(flags)) terminal.stdout.write(controllerHelp(coloursOf(terminal.stdout, terminal.env)));
    else ended(await runControllerVerb(flags, version));
  });
};

const sandbox: Verb = (program, terminal, ended) => {
  program
    .command('sandbox')
    .summary('run an embedded cluster that kubectl and other programs can use')
    .description(
      'Runs an embedded cluster, with a Prometheus of its own, until Ctrl-C: kubectl and other programs can use both.',
    )
    .addOption(new Option('--port <n>', 'port of the Kubernetes API; 0 takes a free one').default(0).argParser(port))
    .addOption(
      new Option('--prometheus-port <n>', 'port of the Prometheus API; 0 takes a free one').default(0).argParser(port),
    )
    .option('--write-kubeconfig <file>', 'where to write the kubeconfig (default: a file in a new temporary folder)')
    .addOption(new Option('--speed <n>', 'simulated seconds in a second').default(1).argParser(speed))
    .option('--with-controller', 'also run the controller and the load tester')
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin sandbox --port 6443 --write-kubeconfig kubeconfig', ''],
        ['KUBECONFIG=kubeconfig kubectl get ns', 'in another terminal'],
      ]),
    )
    .addHelpText('after', BEHAVIOUR_HELP)
    .action(async (options) => ended(await code.sandbox().runSandboxVerb(options, terminal)));
};

const handback: Verb = (program, terminal, ended) => {
  program
    .command('handback')
    .summary('prepare a cluster for going back to the reference controller')
    .description(
      'After the controller was stopped: leaves idle Canaries so that the reference records them anew instead of releasing them again. Exit code 1 when some Canary will start a run all the same.',
    )
    .requiredOption('--kubeconfig <file>', 'the cluster')
    .option('--namespace <name>', 'only this namespace')
    .option('--dry-run', 'only say what would be done')
    .action(async (options) => ended(await code.handback().runHandbackVerb(options, terminal)));
};

const importVerb: Verb = (program, terminal, ended) => {
  program
    .command('import')
    .summary('print the construct program of a manifest')
    .description(
      'Prints the TypeScript program that synthesises the same Canaries, MetricTemplates and AlertProviders as the files; - is standard input.',
    )
    .argument('<files...>', 'YAML or JSON, any number of documents each')
    .option('--json', 'a program of its own for each object, what its props cannot say, and what is left out')
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin import canary.yaml > main.ts', ''],
        ['serin import release/*.yaml > main.ts', 'one program; other kinds are left out'],
        ['kubectl get canaries,metrictemplates,alertproviders -o yaml | serin import -', 'what a cluster has'],
        ["serin import --json canary.yaml | jq '.objects[].unknown'", 'fields that no Canary has'],
      ]),
    )
    .addHelpText('after', IMPORT_HELP)
    .action(async (files: string[], options) => ended(await code.import().runImportVerb(files, options, terminal)));
};

const simulate: Verb = (program, terminal, ended) => {
  program
    .command('simulate')
    .summary('tell what a release policy makes of good and bad versions')
    .description(
      'Plays releases of a Canary with the real controller on an embedded cluster, in simulated time: how long a good version takes, when bad ones are stopped, how many users they hurt, and how often chance alone rolls a good one back at this traffic.',
    )
    .requiredOption(
      '-f, --file <path>',
      'manifest with the Canary; a folder, or - for standard input; may be repeated',
      collected,
    )
    .option('--release <name>', 'the Canary, when there are several')
    .option(
      '--behaviour <file>',
      'how the new version acts (YAML: errors, latency, startup, crash, neverReady, warmUp)',
    )
    .addOption(new Option('--traffic <n>', 'requests of users in a second').default(20).argParser(positive('traffic')))
    .option('--errors <share>', 'share of requests that fail in a good version', '0.1%')
    .option('--metric <name=value>', 'what one that cannot be asked says; none: no data', collected, [])
    .addOption(new Option('--runs <n>', 'releases of a good version by chance; 0: none').default(100).argParser(count))
    .addOption(new Option('--seed <n>', 'of the first of them').default(1).argParser(count))
    .option('--mesh-provider <name>', 'traffic provider of Canaries that name none', 'istio')
    .option('--prometheus <url>', 'a real Prometheus, for the next options')
    .option(
      '--prometheus-range <time>',
      'take traffic, errors and latency of the present version from so long a time, such as 24h',
    )
    .option('--replay', 'tell what the policy would have decided on past releases')
    .option('--at <time>', 'when one was, RFC 3339 or Unix seconds; may be repeated', collected, [])
    .option(
      '--changes <promql>',
      'a query whose series appear or change with each release; --prometheus-range says how far back (default: 168h)',
    )
    .option('--json', 'one JSON document')
    .option('--svg <file>', 'also draw the releases')
    .option('--no-color', 'no colours')
    .addHelpText('after', SIMULATE_EXIT_CODES)
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin simulate -f release.yaml', 'good and bad versions, and noise'],
        ['serin simulate -f release.yaml --behaviour v2.yaml --svg v2.svg', 'a version of yours'],
        ['serin simulate -f release.yaml --prometheus http://localhost:9090 --prometheus-range 24h', 'your traffic'],
        ['serin simulate -f release.yaml --prometheus URL --replay --at 2026-11-24T12:00:00Z', 'a past release'],
      ]),
    )
    .action(async (options) => ended(await code.simulate().runSimulateVerb(options, terminal)));
};

const lint: Verb = (program, terminal, ended) => {
  program
    .command('lint')
    .summary('check manifests, and say what an expert would')
    .description(
      'Checks Canaries, MetricTemplates and AlertProviders: what is wrong, what hardly works as meant, and what an expert would say about the policy.',
    )
    .requiredOption(
      '-f, --file <path>',
      'a manifest or a folder of them, - for standard input; may be repeated',
      collected,
    )
    .addOption(
      new Option('--traffic <n>', 'requests in a second, for what depends on it').argParser(positive('traffic')),
    )
    .option('--mesh-provider <name>', 'traffic provider of Canaries that name none', 'istio')
    .option('--strict', 'warnings fail too')
    .option('--json', 'one JSON document')
    .option('--no-color', 'no colours')
    .addHelpText('after', LINT_EXIT_CODES)
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin lint -f deploy/', ''],
        ['serin lint -f release.yaml --traffic 5 --strict', 'is this enough traffic for the policy?'],
        ['kubectl get canaries -A -o yaml | serin lint -f -', 'what a cluster has'],
      ]),
    )
    .action(async (options) => ended(await code.lint().runLintVerb(options, terminal)));
};

const demo: Verb = (program, terminal, ended) => {
  program
    .command('demo')
    .summary('play the tutorial: a good release, a bad one, a mirrored one')
    .description(
      'Plays the tutorial on an embedded cluster: a good release is promoted, a bad one rolled back, a mirrored one promoted.',
    )
    .addOption(
      new Option('--scenario <name>', 'what to play').choices(['promote', 'rollback', 'mirror', 'all']).default('all'),
    )
    .addOption(
      new Option('--speed <n>', 'simulated seconds in a second, or max').default(4).argParser((text) => {
        return text === 'max' ? 'max' : speed(text);
      }),
    )
    .option('--exit', 'end after the scenarios instead of keeping the cluster')
    .option('--json', 'events and outcomes as JSON lines')
    .addOption(new Option('--port <n>', 'port of the Kubernetes API; 0 takes a free one').default(0).argParser(port))
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin demo --scenario rollback', 'a bad release, live'],
        ['serin demo --exit --speed max --json', 'for scripts: exit code 0 when every outcome was right'],
      ]),
    )
    .action(async (options) => ended(await code.demo().runDemoVerb(options, terminal)));
};

const crds: Verb = (program, terminal) => {
  program
    .command('crds')
    .summary('print the CustomResourceDefinitions')
    .description('Prints the CustomResourceDefinitions of Canary, MetricTemplate and AlertProvider.')
    .addOption(new Option('-o, --output <format>', 'form of the text').choices(['yaml', 'json']).default('yaml'))
    .addOption(new Option('--kind <kind>', 'only this one').choices(['canary', 'metrictemplate', 'alertprovider']))
    .addHelpText('after', examples(terminal, [['serin crds | kubectl apply -f -', '']]))
    .action((options) => {
      terminal.stdout.write(code.crds().crdsText(options));
    });
};

const install: Verb = (program, terminal) => {
  const collect = (value: string, before: string[]) => [...before, value];
  program
    .command('install')
    .summary('print the manifests of the controller')
    .description(
      'Prints what the controller needs in a cluster: definitions, ServiceAccount, roles, Deployment, Service.',
    )
    .option('--namespace <name>', 'where it runs; the namespace must be there', 'istio-system')
    .option('--namespace-scoped', 'it sees its own namespace only, with a Role instead of a ClusterRole')
    .option('--mesh-provider <name>', 'traffic provider of Canaries that name none', 'istio')
    .option('--traffic-provider <name>', 'another one that Canaries name; may be repeated', collect, [])
    .option('--metrics-server <url>', 'Prometheus of built-in and inline metrics')
    .option('--image <name>', "the controller's image (default: serin with the version of this program)")
    .addOption(new Option('--replicas <n>', 'one works, the others wait').default(2).argParser(Number))
    .addOption(new Option('--shards <n>', 'all replicas work: parts that they divide Canaries into').argParser(Number))
    .option('--keda', 'allow ScaledObjects as autoscalers')
    .option('--external-metrics', 'allow MetricTemplates to ask the external metrics API')
    .option('--no-config-tracking', 'ConfigMaps and Secrets are no part of a revision; only named Secrets may be read')
    .option('--guard', 'refuse changes of what Canaries own by anyone else')
    .addOption(
      new Option('--policy <action>', 'the rules of validation at the API server').choices(['warn', 'deny', 'audit']),
    )
    .option('--service-monitor', 'for the Prometheus operator')
    .option('--alert-rules', 'for the Prometheus operator: failed releases, controller down')
    .option('--dashboard', "for Grafana's sidecar")
    .option('--network-policy', 'close every port but 8080')
    .option('--no-crds', 'without the CustomResourceDefinitions')
    .addOption(new Option('-o, --output <format>', 'form of the text').choices(['yaml', 'json']).default('yaml'))
    .addHelpText(
      'after',
      examples(terminal, [
        ['serin install --metrics-server http://prometheus.istio-system:9090 | kubectl apply --server-side -f -', ''],
        ['serin install --namespace shop --namespace-scoped --no-crds | kubectl apply -f -', 'for one team'],
        ['serin install --mesh-provider nginx --no-crds | kubectl diff -f -', 'what an upgrade would change'],
      ]),
    )
    .action((options) => {
      terminal.stdout.write(code.install().installText(options));
    });
};

const loadtester: Verb = (program, terminal, ended) => {
  goFlagsVerb(program, 'loadtester', 'serve load tests and gates to the webhooks of Canaries').action(
    async (flags: string[]) => {
      const { loadTesterOptions, runLoadTesterVerb } = code.loadtester();
      // A command of its own reads the flags, so that Go's single dash can be taken for two.
      const own = new Command('serin loadtester').exitOverride().copyInheritedSettings(program);
      loadTesterOptions(own).addHelpText(
        'after',
        examples(terminal, [['serin loadtester -port 8080 -namespace-regexp "test|prod-.*"', '']]),
      );
      own.action(async (options) => ended(await runLoadTesterVerb(options, terminal)));
      await own.parseAsync(withTwoDashes(flags), { from: 'user' });
    },
  );
};

const versionVerb: Verb = (program, terminal) => {
  program
    .command('version')
    .summary('print the version')
    .description('Prints the version.')
    .action(() => void terminal.stdout.write(`${version}\n`));
};

const VERBS: readonly Verb[] = [
  demo,
  controller,
  sandbox,
  crds,
  install,
  loadtester,
  handback,
  importVerb,
  simulate,
  lint,
  versionVerb,
];
