import { ApiObject, type ApiObjectMetadata, type Duration, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { objectOf, objectsOf } from '../model/json';
import { validateHttpRoute } from '../model/rules/http-route';
import { headerFilter, mirrorFilter, rewriteFilter } from '../model/traffic/gateway-filters';
import { httpRouteMatch } from '../model/traffic/gateway-matches';
import type { HeaderPolicy, HttpMatch, RewritePolicy } from './http-policy';
import type { HttpBackend, HttpRouteAction } from './http-route-action';
import { checkAtSynth } from './problems';
import type { INamedRef, IObjectRef } from './references';
import { render } from './render';
import { httpRouteConflicts, unsplitBackends } from './routing-conflicts';
import type { GatewayReference } from './service';

/** What happens to some requests. */
export interface HttpRouteRule {
  /**
   * Which requests: any of the conditions. HTTPRoutes know uri, method, headers and queryParams.
   * @default - every request
   */
  readonly match?: HttpMatch[];
  /** What happens to the requests. */
  readonly action: HttpRouteAction;
  /**
   * @default - headers are left alone
   */
  readonly headers?: HeaderPolicy;
  /**
   * @default - path and host are left alone
   */
  readonly rewrite?: RewritePolicy;
  /**
   * Gets a copy of each request; its answers are thrown away.
   * @default - none
   */
  readonly mirror?: HttpBackend;
  /**
   * Timeout of a request.
   * @default - the gateway's own
   */
  readonly timeout?: Duration;
  /**
   * Timeout of one attempt.
   * @default - the gateway's own
   */
  readonly backendTimeout?: Duration;
}

/** What an HTTPRoute is made of. */
export interface HttpRouteProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** The Gateways that it belongs to. */
  readonly parents: GatewayReference[];
  /**
   * @default - those of the Gateway's listeners
   */
  readonly hostnames?: string[];
  /**
   * The most specific one that matches is taken.
   * @default - those of `addRoute`
   */
  readonly rules?: HttpRouteRule[];
}

/** A route of the Gateway API of your own, beside those that the controller makes for Canaries. */
export class HTTPRoute extends Construct implements IObjectRef, INamedRef {
  /** The object itself. */
  public readonly apiObject: ApiObject;
  private readonly rules: HttpRouteRule[];

  public constructor(scope: Construct, id: string, props: HttpRouteProps) {
    super(scope, id);
    this.rules = [...(props.rules ?? [])];
    const { metadata, parents, hostnames } = props;
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      ...(metadata && { metadata }),
      spec: Lazy.any({ produce: () => render({ parentRefs: parents, hostnames, rules: this.renderRules() }) }),
    });
    checkAtSynth(this, this.apiObject, validateHttpRoute, (manifest) => httpRouteConflicts(this.apiObject, manifest), {
      hints: (manifest) => unsplitBackends(this.apiObject, manifest),
    });
  }

  public get apiVersion(): string {
    return this.apiObject.apiVersion;
  }

  public get kind(): string {
    return this.apiObject.kind;
  }

  public get name(): string {
    return this.apiObject.name;
  }

  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** Adds a rule behind those that are there. */
  public addRoute(rule: HttpRouteRule): void {
    this.rules.push(rule);
  }

  private renderRules(): unknown[] | undefined {
    if (this.rules.length === 0) return undefined;
    return this.rules.map((rule, index) => renderRule(rule, `spec.rules[${index}]`, this.namespace));
  }
}

/** In the order of their evaluation. */
function renderRule(rule: HttpRouteRule, where: string, namespace: string | undefined): object {
  const { match = [], action, headers, rewrite, mirror, timeout, backendTimeout } = rule;
  const fields = action._fields(namespace);
  const filters = [
    ...headerFilter('RequestHeaderModifier', headers?.request),
    ...headerFilter('ResponseHeaderModifier', headers?.response),
    ...objectsOf(fields['filters']),
    ...rewriteFilter(rewrite),
    ...(mirror ? [mirrorFilter(objectOf(mirror._reference(namespace)))] : []),
  ];
  const timed = timeout !== undefined || backendTimeout !== undefined;
  return {
    matches: match.length > 0 ? match.map((each, index) => renderMatch(each, `${where}.matches[${index}]`)) : undefined,
    ...fields,
    filters: filters.length > 0 ? filters : undefined,
    timeouts: timed ? { request: timeout, backendRequest: backendTimeout } : undefined,
  };
}

const KNOWN = ['name', 'uri', 'method', 'headers', 'queryParams'];

function renderMatch(match: HttpMatch, where: string): object {
  const given = objectOf(render(match));
  const foreign = Object.keys(given).filter((field) => !KNOWN.includes(field));
  if (foreign.length > 0) {
    throw new Error(`${where}: HTTPRoutes have no ${foreign.join(', ')}: use uri, method, headers or queryParams`);
  }
  try {
    return httpRouteMatch(given);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message.replaceAll('service.match ', '') : error}`);
  }
}
