import { join } from 'node:path';
import type { Assets } from './assets';

/** Where the files and ports of one control plane are. All ports are on 127.0.0.1. */
export interface Layout {
  /** Folder of this run; its subfolder `pki` has certificates, keys and kubeconfigs. */
  folder: string;
  etcdPort: number;
  etcdPeerPort: number;
  apiPort: number;
}

/** A server to start: its binary and arguments. */
export interface Component {
  name: string;
  command: string;
  args: string[];
}

const pki = (layout: Layout, file: string) => join(layout.folder, 'pki', file);

export function etcd(assets: Assets, layout: Layout): Component {
  const client = `http://127.0.0.1:${layout.etcdPort}`;
  const peer = `http://127.0.0.1:${layout.etcdPeerPort}`;
  const args = [
    '--name=serin',
    `--data-dir=${join(layout.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=serin=${peer}`,
    '--unsafe-no-fsync=true',
    '--log-level=warn',
  ];
  return { name: 'etcd', command: assets.etcd, args };
}

export function apiServer(assets: Assets, layout: Layout): Component {
  const args = [
    `--etcd-servers=http://127.0.0.1:${layout.etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${layout.apiPort}`,
    // With the default, the API server would publish its loopback address as an endpoint, which is not allowed.
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${pki(layout, 'api-server.crt')}`,
    `--tls-private-key-file=${pki(layout, 'api-server.key')}`,
    `--client-ca-file=${pki(layout, 'ca.crt')}`,
    `--token-auth-file=${pki(layout, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    // Off by default, on in OpenShift: who sets an owner needs a right on it.
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki(layout, 'service-account.pub')}`,
    `--service-account-signing-key-file=${pki(layout, 'service-account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    `--audit-policy-file=${pki(layout, 'audit-policy.json')}`,
    `--audit-log-path=${join(layout.folder, 'audit.log')}`,
    '--profiling=false',
  ];
  return { name: 'kube-apiserver', command: assets.kubeApiserver, args };
}

export function controllerManager(assets: Assets, layout: Layout): Component {
  const args = [
    `--kubeconfig=${pki(layout, 'controller-manager.kubeconfig')}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki(layout, 'service-account.key')}`,
    `--root-ca-file=${pki(layout, 'ca.crt')}`,
    '--leader-elect=false',
    '--secure-port=0',
    // The autoscaler is part of the tutorial: its default period of 15 s would make every test wait.
    '--horizontal-pod-autoscaler-sync-period=2s',
    '--profiling=false',
  ];
  return { name: 'kube-controller-manager', command: assets.kubeControllerManager, args };
}

export function scheduler(assets: Assets, layout: Layout): Component {
  const config = pki(layout, 'scheduler.kubeconfig');
  const args = [
    `--kubeconfig=${config}`,
    `--authentication-kubeconfig=${config}`,
    `--authorization-kubeconfig=${config}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
  return { name: 'kube-scheduler', command: assets.kubeScheduler, args };
}

export function kwok(assets: Assets, layout: Layout): Component {
  const args = [
    `--kubeconfig=${pki(layout, 'kwok.kubeconfig')}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    '--cidr=10.244.0.1/16',
    ...assets.kwokStages.map((stage) => `--config=${stage}`),
  ];
  return { name: 'kwok', command: assets.kwok, args };
}
