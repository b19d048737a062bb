import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import type { IGateway } from './references';
import { render } from './render';

/** A port that a gateway listens on. */
export interface GatewayPort {
  /** Number of the port. */
  readonly number: number;
  /** Name of the port, unique within the gateway. */
  readonly name: string;
  /**
   * @default HTTP
   */
  readonly protocol?: string;
}

/** A port of a gateway and the hosts that are served there. */
export interface GatewayServer {
  /** The port that is listened on. */
  readonly port: GatewayPort;
  /** `*` for every host. */
  readonly hosts: string[];
  /**
   * Istio's TLS settings, forwarded as they are.
   * @default - plain text
   */
  readonly tls?: { [field: string]: unknown };
}

/** The proxies of a gateway and what they serve. */
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
  /** Ports and their hosts; at least one. */
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

  /** The object of the manifest, for patches and dependencies. */
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

  /** Name of the object. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Namespace of the object; undefined when the program names none. */
  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** As VirtualServices name it: with its namespace when it has one. */
  public get reference(): string {
    return this.namespace === undefined ? this.name : `${this.name}.${this.namespace}.svc.cluster.local`;
  }
}
