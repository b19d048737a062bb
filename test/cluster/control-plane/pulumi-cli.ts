/** The Pulumi command line, for the one suite that needs it: its build takes long, so nobody else waits for it. */
import { join } from 'node:path';
import { goBinaries, requiredVersion } from './assets';

/**
 * Path of the `pulumi` binary. The first time it is built from its Go module, which takes 10 to 25 minutes.
 * @param say Gets a line before the build.
 */
export async function pulumiCli(say: (line: string) => void): Promise<string> {
  const module = join(__dirname, 'pulumi');
  const version = requiredVersion(module, 'github.com/pulumi/pulumi/pkg/v3');
  const packages = ['github.com/pulumi/pulumi/pkg/v3/cmd/pulumi'];
  const variables = [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`];
  return join(
    await goBinaries({ name: 'pulumi', version, module, packages, variables, output: 'pulumi' }, say),
    'pulumi',
  );
}
