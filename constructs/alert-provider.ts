import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { validateAlertProvider } from '../model/validate';
import { checkAtSynth } from './problems';
import { type INamedRef, strayedSecret } from './references';
import { render } from './render';

/** A kind of chat room. */
export enum AlertProviderType {
  /** Slack: an incoming webhook, or `chat.postMessage` with a token. */
  SLACK = 'slack',
  /** Microsoft Teams. */
  MSTEAMS = 'msteams',
  /** Discord. */
  DISCORD = 'discord',
  /** Rocket.Chat. */
  ROCKET = 'rocket',
  /** Google Chat. */
  GCHAT = 'gchat',
}

/** A chat room and how to reach it. */
export interface AlertProviderProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** Which chat it is: it decides the form of the messages. */
  readonly type: AlertProviderType;
  /**
   * Webhook URL.
   * @default - from the Secret
   */
  readonly address?: string;
  /**
   * A Secret in the same namespace with the key `address`, and for slack `token`. It wins over `address`.
   * @default - `address`
   */
  readonly secret?: INamedRef;
  /**
   * @default general
   */
  readonly channel?: string;
  /**
   * @default flagger
   */
  readonly username?: string;
  /**
   * URL of an HTTP(S) proxy.
   * @default - none
   */
  readonly proxy?: string;
}

/** A chat room that gets alerts. */
export class AlertProvider extends Construct implements INamedRef {
  /** The object of the manifest, for patches and dependencies. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: AlertProviderProps) {
    super(scope, id);
    const { metadata, secret, ...spec } = props;
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      ...(metadata && { metadata }),
      spec: render({ ...spec, secretRef: secret && { name: secret.name } }),
    });
    checkAtSynth(this, this.apiObject, validateAlertProvider, () => strayedSecret(secret, 'secret', this.apiObject));
  }

  /** Name of the object, as alerts of Canaries refer to it. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Namespace of the object; undefined when the program names none. */
  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }
}
