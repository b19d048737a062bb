/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go programs read them, lower-case spellings too. */
import { BlockList, isIP, isIPv6 } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy of each URL by the environment; undefined: none.
 * @param env names as the process has them. The host itself (localhost, 127.0.0.0/8, ::1) is never proxied.
 */
export function environmentProxy(env: Environment): (url: URL) => string | undefined {
  const value = (name: string) => env[name] || env[name.toLowerCase()] || '';
  const proxies: Record<string, string> = {
    'http:': withScheme(value('HTTP_PROXY')),
    'https:': withScheme(value('HTTPS_PROXY')),
  };
  const exempt = hostList(value('NO_PROXY'));
  return (url) => {
    const proxy = proxies[url.protocol];
    return proxy && !isLocal(url) && !exempt(url) ? proxy : undefined;
  };
}

const withScheme = (proxy: string): string => (proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`);

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').toLowerCase();

function isLocal(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Comma-separated: `*`, `.example.com` (below it), `example.com` (and below), addresses, CIDR ranges; each with a port. */
export function hostList(list: string): (url: URL) => boolean {
  const entries = list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  const ranges = new BlockList();
  for (const entry of entries) addRange(ranges, entry);
  const names = entries.filter((entry) => !entry.includes('/'));
  return (url) => {
    const host = hostOf(url);
    if (isIP(host) && ranges.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')) return true;
    return names.some((entry) => matches(entry, host, url.port || (url.protocol === 'https:' ? '443' : '80')));
  };
}

function addRange(ranges: BlockList, entry: string): void {
  const [, network = '', bits = ''] = /^([\da-f.:]+)\/(\d+)$/.exec(entry) ?? [];
  const longest = isIPv6(network) ? 128 : 32;
  if (isIP(network) && Number(bits) <= longest) {
    ranges.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, onlyPort] = (isIPv6(entry) ? null : /^\[?(.+?)\]?:(\d+)$/.exec(entry)) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (isIP(name)) return host === name;
  const below = name.replace(/^\*?\./, '');
  return host.endsWith(`.${below}`) || (below === name && host === name);
}
