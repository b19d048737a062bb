/** What docs/traffic shows of the routes: as the routers write them at 10 %, and there is a page for each router. */
import type { Canary } from '../../model/canary';
import { isRouter, routerFor, SUPPORTED_PROVIDERS } from '../../model/traffic/router';
import { folder, objectOf, objectsOf, page } from './pages';

const AT_10 = { primary: 90, canary: 10, mirrored: false };
const pages = folder('traffic').map((shown) => [shown.path, shown] as const);

it.each(pages.filter(([, shown]) => objectsOf(shown, 'yaml written').length > 0))('docs/%s', (_, shown) => {
  const canary = objectOf<Canary>(shown, 'Canary');
  const router = routerFor(canary.spec.provider!);
  if (!isRouter(router)) throw new Error(router.error);
  const written = router.render(canary, AT_10, objectsOf(shown, 'yaml given'), {
    selector: { key: 'app', value: 'podinfo' },
  });
  const routing = written.filter(({ kind }) => kind !== 'DestinationRule');
  expect(routing).toMatchObject(objectsOf(shown, 'yaml written'));
});

it('every router has a page', () => {
  const shown = pages.map(([, one]) => objectOf<Canary>(one, 'Canary').spec.provider);
  const older = ['gatewayapi:v1beta1'];
  expect([...shown, ...older].sort()).toEqual([...SUPPORTED_PROVIDERS].sort());
});

/** The rows of the table in docs/README.md: provider to what stands under shares, A/B, mirror, sessions. */
function table(): [string, string[]][] {
  const rows = [...page('README.md').text.matchAll(/^\| ([a-z0-9:, ]+) \|((?: (?:yes|no|one[^|]*) \|){5})$/gm)];
  return rows.flatMap(([, names = '', cells = '']) =>
    names.split(', ').map((name): [string, string[]] => [name, cells.split('|').map((cell) => cell.trim())]),
  );
}

it('the table of docs/README.md has every provider that works', () => {
  expect(
    table()
      .map(([provider]) => provider)
      .sort(),
  ).toEqual([...SUPPORTED_PROVIDERS].sort());
});

it.each(table())('%s can do what the table of docs/README.md says', (provider, [shares, ab, mirror, sessions]) => {
  const router = routerFor(provider);
  if (!isRouter(router)) throw new Error(router.error);
  const canary = (analysis: object): Canary => {
    const shown = structuredClone(objectOf<Canary>(page('strategies/progressive.md'), 'Canary'));
    Object.assign(shown.spec.analysis, analysis);
    return shown;
  };
  const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
  const says = (able: boolean) => (able ? expect.stringMatching(/^(yes|one)/) : 'no');
  expect([shares, ab, mirror, sessions]).toEqual([
    says(router.splitsTraffic),
    says(router.skips(canary({ match })).every(({ path }) => path !== 'analysis.match') && provider !== 'kubernetes'),
    says(router.canMirror(canary({ mirror: true }))),
    says(router.sessions(canary({ sessionAffinity: { cookieName: 'c' } })) !== undefined),
  ]);
});
