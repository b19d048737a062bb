import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import type { IGateway } from './references';
import { render } from './render';

export interface GatewayPort {
  readonly number: number;
  readonly name: string;
  /**
   * @default HTTP
   */
  readonly protocol?: string;
}

export interface GatewayServer {
  readonly port: GatewayPort;
  /** `*` for every host. */
  readonly hosts: string[];
  /**
   * Istio's TLS settings, forwarded as they are.
   * @default - plain text
   */
  readonly tls?: { [field: string]: unknown };
}

export interface GatewayProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * Labels of the proxy's pods.
   * @default - Istio's own ingress gateway
   */
  readonly selector?: { [label: string]: string };
  readonly servers: GatewayServer[];
}

/** An Istio gateway: a port of the mesh to the outside. */
export class Gateway extends Construct implements IGateway {
  /** Calls from inside the mesh. */
  public static readonly MESH: IGateway = { reference: 'mesh' };

  /** A gateway that exists already, as a VirtualService names it: `<namespace>/<name>`, or its full host name. */
  public static fromName(reference: string): IGateway {
    return { reference };
  }

  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id);
    const servers = props.servers.map((server) => ({ ...server, port: { protocol: 'HTTP', ...server.port } }));
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'Gateway',
      ...(props.metadata && { metadata: props.metadata }),
      spec: render({ selector: props.selector ?? { istio: 'ingressgateway' }, servers }),
    });
  }

  public get name(): string {
    return this.apiObject.name;
  }

  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  public get reference(): string {
    return this.namespace === undefined ? this.name : `${this.name}.${this.namespace}.svc.cluster.local`;
  }
}
