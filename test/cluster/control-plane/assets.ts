import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARCH, cached } from './cache';
import { build, command } from './command';

/** Paths of everything that the real cluster consists of. */
export interface Assets {
  etcd: string;
  kubeApiserver: string;
  kubeControllerManager: string;
  kubeScheduler: string;
  kubectl: string;
  kwok: string;
  /** kwok's `--config` files: how fake nodes and pods become ready. */
  kwokStages: string[];
  /** One YAML file with all of Istio's CRDs. */
  istioCrds: string;
  /** The CRD of HTTPRoute, `gateway.networking.k8s.io`, of the standard channel. */
  httpRouteCrd: string;
  /** CRDs of KEDA's ScaledObject, Traefik's TraefikService, Contour's kinds, and the Prometheus operator's two that we write. */
  otherCrds: string[];
  helm: string;
  prometheus: string;
  promtool: string;
}

export type Say = (line: string) => void;

const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const;
const STAGES = ['node/fast/node-initialize', 'pod/fast/pod-ready', 'pod/fast/pod-complete', 'pod/fast/pod-delete'];

/**
 * Finds or makes all parts of the real cluster. The first time takes minutes; `say` gets a line for each slow step.
 * @param here The folder of this file in the checkout, with the Go modules in it.
 */
export async function provideAssets(here: string, say: Say): Promise<Assets> {
  const prometheus = await debianBinaries('prometheus', say);
  const etcd = await etcdBinary(join(here, 'etcd'), say);
  const kubernetes = await kubernetesBinaries(join(here, 'kubernetes'), say);
  const kwok = await kwokBinary(join(here, 'kwok'), say);
  const stages = join(await moduleFolder(join(here, 'kwok'), 'sigs.k8s.io/kwok'), 'kustomize', 'stage');
  const istio = await moduleFolder(join(here, 'istio'), 'istio.io/api');
  const gateway = await moduleFolder(join(here, 'gateway-api'), 'sigs.k8s.io/gateway-api');
  return {
    etcd: preferred('etcd', etcd),
    kubeApiserver: preferred('kube-apiserver', kubernetes),
    kubeControllerManager: preferred('kube-controller-manager', kubernetes),
    kubeScheduler: preferred('kube-scheduler', kubernetes),
    kubectl: preferred('kubectl', kubernetes),
    kwok: join(kwok, 'kwok'),
    kwokStages: STAGES.map((stage) => join(stages, `${stage}.yaml`)),
    istioCrds: join(istio, 'kubernetes', 'customresourcedefinitions.gen.yaml'),
    httpRouteCrd: join(gateway, 'config', 'crd', 'standard', 'gateway.networking.k8s.io_httproutes.yaml'),
    otherCrds: await otherDefinitions(join(here, 'definitions')),
    helm: join(await helmBinary(join(here, 'helm'), say), 'helm'),
    prometheus: join(prometheus, 'prometheus'),
    promtool: join(prometheus, 'promtool'),
  };
}

/** The binary in `$KUBEBUILDER_ASSETS` when it is there, else the one in `folder`. */
function preferred(name: string, folder: string): string {
  const given = process.env['KUBEBUILDER_ASSETS'];
  const path = given === undefined ? '' : join(given, name);
  return path !== '' && existsSync(path) ? path : join(folder, name);
}

async function kubernetesBinaries(module: string, say: Say): Promise<string> {
  const given = process.env['KUBEBUILDER_ASSETS'];
  if (given !== undefined && KUBERNETES.every((name) => existsSync(join(given, name)))) return given;
  const version = requiredVersion(module, 'k8s.io/kubernetes');
  const [major, minor] = version.slice(1).split('.');
  const variables = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((name) => [
    `${name}.gitVersion=${version}`,
    `${name}.gitMajor=${major}`,
    `${name}.gitMinor=${minor}`,
    `${name}.gitTreeState=clean`,
  ]);
  const packages = KUBERNETES.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  return goBinaries({ name: 'kubernetes', version, module, packages, variables, output: '' }, say);
}

async function etcdBinary(module: string, say: Say): Promise<string> {
  const packages = ['go.etcd.io/etcd/server/v3'];
  const version = requiredVersion(module, 'go.etcd.io/etcd/server/v3');
  return goBinaries({ name: 'etcd', version, module, packages, variables: [], output: 'etcd' }, say);
}

async function kwokBinary(module: string, say: Say): Promise<string> {
  const packages = ['sigs.k8s.io/kwok/cmd/kwok'];
  const version = requiredVersion(module, 'sigs.k8s.io/kwok');
  const variables = [`sigs.k8s.io/kwok/pkg/consts.Version=${version}`];
  return goBinaries({ name: 'kwok', version, module, packages, variables, output: 'kwok' }, say);
}

async function helmBinary(module: string, say: Say): Promise<string> {
  const packages = ['helm.sh/helm/v3/cmd/helm'];
  const version = requiredVersion(module, 'helm.sh/helm/v3');
  const variables = [`helm.sh/helm/v3/internal/version.version=${version}`];
  return goBinaries({ name: 'helm', version, module, packages, variables, output: 'helm' }, say);
}

/** Files of the projects that own the kinds; each is a path inside its Go module. */
const DEFINITIONS = {
  'github.com/kedacore/keda/v2': ['config/crd/bases/keda.sh_scaledobjects.yaml'],
  'github.com/projectcontour/contour': ['examples/contour/01-crds.yaml'],
  'github.com/prometheus-operator/prometheus-operator': ['servicemonitors', 'prometheusrules'].map(
    (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
  ),
  'github.com/traefik/traefik-helm-chart': ['traefik/crds/traefik.io_traefikservices.yaml'],
};

async function otherDefinitions(module: string): Promise<string[]> {
  const found = Object.entries(DEFINITIONS).map(async ([path, files]) => {
    const folder = await moduleFolder(module, path);
    return files.map((file) => join(folder, file));
  });
  return (await Promise.all(found)).flat();
}

/** Binaries of a Go module: what to build, and how it is called. */
export interface GoBuild {
  name: string;
  version: string;
  /** Folder of our module that requires the packages. */
  module: string;
  packages: string[];
  /** `package.variable=value` to set. */
  variables: string[];
  /** File name of the only binary; empty for several, which then have their packages' names. */
  output: string;
}

/** Folder with the binaries of a Go module, built once for each version. */
export function goBinaries({ name, version, module, packages, variables, output }: GoBuild, say: Say): Promise<string> {
  return cached(`${name}-${version}-${ARCH}`, async (folder) => {
    say(`building ${name} ${version} from its Go module, once; this takes some minutes`);
    const linker = ['-s', '-w', ...variables.map((variable) => `-X ${variable}`)].join(' ');
    const flags = ['-p', '2', '-trimpath', '-buildvcs=false', '-ldflags', linker, '-o', `${folder}/${output}`];
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
    await build('go', ['build', ...flags, ...packages], folder, { cwd: module, env });
  });
}

/** Version of `path` in the module's go.mod, the only place that names it. */
export function requiredVersion(module: string, path: string): string {
  const found = readFileSync(join(module, 'go.mod'), 'utf8').match(
    new RegExp(`^(?:require|\\t)\\s*${path} (v\\S+)`, 'm'),
  );
  if (found?.[1] === undefined) throw new Error(`${module}/go.mod does not require ${path}`);
  return found[1];
}

/** Where the Go module cache holds the source of a required module; go.sum vouches for it. */
async function moduleFolder(module: string, path: string): Promise<string> {
  const answer = JSON.parse(await command('go', ['mod', 'download', '-json', path], { cwd: module }));
  return answer.Dir;
}

/**
 * Folder of a Debian package's binaries. The package is unpacked, not installed: no service starts, nothing of the
 * system changes, and it works for other users than root.
 */
async function debianBinaries(name: string, say: Say): Promise<string> {
  const folder = await cached(`${name}-${debianRelease()}-${ARCH}`, async (draft) => {
    say(`fetching ${name} from Debian`);
    const fetch = () => command('apt-get', ['download', '-q', name], { cwd: draft });
    await fetch().catch(async () => {
      await command('apt-get', ['update', '-q']);
      await fetch();
    });
    const archive = readdirSync(draft).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get download ${name} left no .deb file`);
    await command('dpkg-deb', ['-x', archive, '.'], { cwd: draft });
  });
  return join(folder, 'usr', 'bin');
}

function debianRelease(): string {
  return readFileSync('/etc/os-release', 'utf8').match(/^VERSION_CODENAME=(.*)$/m)?.[1] ?? 'debian';
}
