/** Where an alert goes: an AlertProvider with its Secret, or the global notifier. */
import type { AlertProvider, AlertProviderSpec } from '../../model/canary';

export type ProviderType = AlertProviderSpec['type'];

export interface Destination {
  type: ProviderType;
  /** Has secrets in its path: never for logs. */
  url: string;
  /** Slack: a bot's token. */
  token?: string;
  channel: string;
  username: string;
  /** URL of an HTTP(S) proxy. */
  proxy?: string;
}

/** Nothing can be sent until somebody changes an object; the message says which. */
export class NoDestination extends Error {
  readonly code = 'NoDestination';
}

/** Decoded data of a Secret; undefined when there is none. */
export type ReadSecret = (namespace: string, name: string) => Promise<Record<string, string> | undefined>;

const TYPES: readonly ProviderType[] = ['slack', 'msteams', 'discord', 'rocket', 'gchat'];

/** The Secret wins over what the object says. @throws NoDestination; what reading the Secret throws. */
export async function destinationOf(provider: AlertProvider, secret: ReadSecret): Promise<Destination> {
  const { type, address, secretRef, channel, username, proxy } = provider.spec;
  if (!TYPES.includes(type)) throw new NoDestination(`type "${type}" is not one of ${TYPES.join(', ')}`);
  const { namespace = 'default' } = provider.metadata;
  const secrets = secretRef === undefined ? {} : await keysOf(secret, namespace, secretRef.name, address);
  return checked({
    type,
    url: secrets['address']?.trim() || address || '',
    ...(secrets['token'] && { token: secrets['token'].trim() }),
    channel: channel || 'general',
    username: username || 'flagger',
    ...(proxy && { proxy }),
  });
}

async function keysOf(secret: ReadSecret, namespace: string, name: string, address: string | undefined) {
  const keys = await secret(namespace, name);
  if (keys === undefined) throw new NoDestination(`secret ${name}.${namespace} does not exist`);
  if (!keys['address']?.trim() && !address) throw new NoDestination(`secret ${name}.${namespace} has no key "address"`);
  return keys;
}

/** @throws NoDestination for a URL that cannot be used; it is not in the message, it may hold a token. */
export function checked(destination: Destination): Destination {
  const { url, proxy } = destination;
  if (url === '') throw new NoDestination('it has no address: set address or secretRef');
  if (!isHttpUrl(url)) throw new NoDestination('its address is not an http or https URL');
  if (proxy !== undefined && !isHttpUrl(proxy)) throw new NoDestination('its proxy is not an http or https URL');
  return destination;
}

const isHttpUrl = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
