/**
 * The strategies as Pulumi programs, one a file and each complete by itself; this one runs the one that the stack asks for.
 *
 *   pulumi stack init ab-test
 *   pulumi up -c strategy=ab-test
 *   pulumi up -c image=stefanprodan/podinfo:3.1.1
 *
 * progressive is ../podinfo-pulumi.
 */
import * as pulumi from '@pulumi/pulumi';

const strategy = new pulumi.Config().require('strategy');

/** What the program of the strategy exports becomes the outputs of the stack. */
export default async () => ({ ...(await import(`./${strategy}.ts`)) });
