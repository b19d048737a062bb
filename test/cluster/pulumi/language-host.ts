/**
 * `pulumi-language-nodejs` for tests: Pulumi's own is a Go module that cannot be had everywhere. It runs programs through
 * `@pulumi/pulumi/cmd/run`, as Pulumi's does; it installs nothing and finds no plugins.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb';
import {
  AboutResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  LanguageHandshakeResponse,
  type RunRequest,
  RunResponse,
} from '@pulumi/pulumi/proto/language_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { method, servePlugin } from './plugin-server';

/** The program has told the user itself what was wrong. */
const ALREADY_TOLD = 32;

/** Address of the engine: the last argument that is no flag. */
const engine = process.argv.findLast((argument, index) => index > 1 && !argument.startsWith('-')) ?? '';

/** The node_modules/@pulumi/pulumi that the program itself would load. */
const sdkOf = (programFolder: string): string =>
  dirname(createRequire(join(programFolder, 'program.js')).resolve('@pulumi/pulumi/package.json'));

function commandLine(request: RunRequest): string[] {
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() || request.getPwd();
  return [
    join(sdkOf(folder), 'cmd', 'run'),
    ...['--monitor', request.getMonitorAddress(), '--engine', engine],
    ...['--project', request.getProject(), '--stack', request.getStack()],
    ...['--organization', request.getOrganization(), '--parallel', String(request.getParallel())],
    ...['--pwd', request.getPwd(), '--root-directory', info?.getRootDirectory() || folder],
    ...(request.getDryrun() ? ['--dry-run'] : []),
    resolve(folder, info?.getEntryPoint() || '.'),
    ...request.getArgsList(),
  ];
}

function environment(request: RunRequest): NodeJS.ProcessEnv {
  // NODE_PATH is for this host, the program finds its modules by itself.
  const { NODE_PATH: _, ...inherited } = process.env;
  const typescript = request.getInfo()?.getOptions()?.toJavaScript()['typescript'] ?? true;
  return {
    ...inherited,
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

function run(request: RunRequest): Promise<RunResponse> {
  const program = spawn(process.execPath, commandLine(request), {
    cwd: request.getPwd(),
    env: environment(request),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done, fail) => {
    program.on('error', fail);
    program.on('exit', (code, signal) => {
      const response = new RunResponse();
      if (code === ALREADY_TOLD) response.setBail(true);
      else if (code !== 0) response.setError(`the program ended with ${signal ?? code}`);
      done(response);
    });
  });
}

const plugin = new PluginInfo();
plugin.setVersion('0.0.0');
const about = new AboutResponse();
about.setExecutable(process.execPath);
about.setVersion(process.version);

servePlugin(LanguageRuntimeService, {
  handshake: method(() => new LanguageHandshakeResponse()),
  getPluginInfo: method(() => plugin),
  getRequiredPlugins: method(() => new GetRequiredPluginsResponse()),
  getRequiredPackages: method(() => new GetRequiredPackagesResponse()),
  about: method(() => about),
  run: method(run),
  cancel: method(() => new Empty()),
});
