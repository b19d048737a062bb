/** AlertProvider: a chat room that gets alerts. */
import type { KubeObject } from './kube';
import type { SecretReference } from './metric-template';
import type { Url } from './scalars';

export interface AlertProvider extends KubeObject {
  spec: AlertProviderSpec;
}

/**
 * Where alerts go; the address in the Secret wins over `address`.
 * @cel [{ rule: "has(self.address) || has(self.secretRef)", message: "no destination: set address or secretRef" }]
 */
export interface AlertProviderSpec {
  type: 'slack' | 'msteams' | 'discord' | 'rocket' | 'gchat';
  /** Webhook URL. */
  address?: Url;
  /** A Secret in the namespace of the provider, keys `address` and (slack) `token`. */
  secretRef?: SecretReference;
  /**
   * @defaultValue general
   * @maxLength 1024
   */
  channel?: string;
  /**
   * @defaultValue flagger
   * @maxLength 1024
   */
  username?: string;
  /** HTTP(S) proxy URL. */
  proxy?: Url;
}
