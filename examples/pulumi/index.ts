/**
 * The strategies as Pulumi programs, one a file and each complete by itself, and a cdk8s chart through the bridge. This one
 * runs the one that the setting `example` names.
 *
 *   pulumi stack init ab-test
 *   pulumi up -c example=ab-test
 *   pulumi up -c image=stefanprodan/podinfo:3.1.1
 *
 * progressive is ../podinfo-pulumi.
 */
import * as pulumi from '@pulumi/pulumi';

const example = new pulumi.Config().require('example');

/** What that program exports becomes the outputs of the stack. */
export default async () => ({ ...(await import(`./${example}.ts`)) });
