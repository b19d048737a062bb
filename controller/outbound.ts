/** Where the controller may be sent by what people write into objects: webhooks, metric servers, chats. */
import { lookup as systemLookup } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import type { Http, OpenSocket } from '../model/ports';
import { hostList } from './environment-proxy';

export interface OutboundRules {
  /** `-allowed-hosts`: names, names with a leading dot, addresses, CIDR ranges, each with a port; empty: all. */
  allowedHosts: string;
  /** `-deny-local-addresses`: loopback, link-local and the metadata services of clouds. */
  denyLocal: boolean;
  /** URLs that whoever runs the controller has named in its flags: always allowed. */
  trusted: readonly string[];
}

const LOCAL = localAddresses();

function localAddresses(): BlockList {
  const local = new BlockList();
  local.addSubnet('0.0.0.0', 8, 'ipv4');
  local.addSubnet('127.0.0.0', 8, 'ipv4');
  local.addSubnet('169.254.0.0', 16, 'ipv4');
  // Metadata services that are not link-local: Alibaba, Oracle's old one, AWS on IPv6.
  local.addAddress('100.100.100.200', 'ipv4');
  local.addAddress('192.0.0.192', 'ipv4');
  local.addAddress('fd00:ec2::254', 'ipv6');
  local.addAddress('::', 'ipv6');
  local.addAddress('::1', 'ipv6');
  local.addSubnet('fe80::', 10, 'ipv6');
  return local;
}

const isLocal = (address: string): boolean => LOCAL.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/** What the rules say about URLs, addresses and connections. */
export class Outbound {
  private readonly trusted: ReadonlySet<string>;
  /** The same origins as URLs begin with them. */
  private readonly prefixes: readonly string[];
  private readonly isAllowed: (url: URL) => boolean;

  constructor(private readonly rules: OutboundRules) {
    const urls = rules.trusted.filter((url) => URL.canParse(url)).map((url) => new URL(url));
    this.trusted = new Set(urls.map(originOf));
    this.prefixes = [...this.trusted].map((origin) => `${origin}/`);
    this.isAllowed = rules.allowedHosts.trim() === '' ? () => true : hostList(rules.allowedHosts);
  }

  /** Why a URL may not be asked; undefined when it may. */
  refusal(written: string): string | undefined {
    const url = new URL(written);
    if (this.trusted.has(originOf(url))) return undefined;
    const host = hostOf(url);
    if (!this.isAllowed(url)) return `${host} is not one of --allowed-hosts`;
    const local = host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && isLocal(host));
    return this.rules.denyLocal && local ? localText(host, host) : undefined;
  }

  /** An {@link Http} that refuses what the rules forbid. @throws Error with code `EDENIED` */
  http(http: Http): Http {
    return async (request) => {
      this.check(request.url);
      if (request.proxy) this.check(request.proxy);
      return http(request);
    };
  }

  /** Names are looked up before the socket is opened. @throws Error with code `EDENIED` */
  socket(open: OpenSocket): OpenSocket {
    return async (url, signal) => {
      this.check(url);
      const host = hostOf(new URL(url));
      if (this.rules.denyLocal && !this.trusted.has(originOf(new URL(url)))) {
        for (const { address } of await lookupAll(host, { all: true })) {
          if (isLocal(address)) throw denied(localText(host, address));
        }
      }
      return open(url, signal);
    };
  }

  /**
   * Looks names up for connections, and refuses those that lead to a local address: what a name means can change between
   * two looks, so the address is checked that is connected to.
   * @returns undefined when every address is allowed
   */
  lookup(systemwide: LookupFunction = systemLookup): LookupFunction | undefined {
    if (!this.rules.denyLocal) return undefined;
    const trustedHosts = new Set(
      this.rules.trusted.filter((url) => URL.canParse(url)).map((url) => hostOf(new URL(url))),
    );
    return (host, options, answer) => {
      if (trustedHosts.has(host.toLowerCase())) return systemwide(host, options, answer);
      systemwide(host, options, (error, found, family) => {
        const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
        const local = error ? undefined : addresses.find((address) => isLocal(address));
        if (local === undefined) answer(error, found, family);
        else answer(denied(localText(host, local)), found, family);
      });
    };
  }

  private check(url: string): void {
    // Nearly all go to the API server: no need to take those apart.
    if (this.prefixes.some((prefix) => url.startsWith(prefix))) return;
    // What is no URL cannot be asked: whoever sends it says so.
    const refusal = URL.canParse(url) ? this.refusal(url) : undefined;
    if (refusal !== undefined) throw denied(refusal);
  }
}

/** WebSockets go where their HTTP would. */
const originOf = (url: URL): string => new URL(url.href.replace(/^ws/, 'http')).origin;

const localText = (host: string, address: string): string =>
  `${host === address ? host : `${host} is ${address}, which`} is a local address, and --deny-local-addresses is set`;

const denied = (text: string): Error => Object.assign(new Error(text), { code: 'EDENIED' });
