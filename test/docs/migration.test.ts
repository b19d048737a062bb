/** docs/migration.md: the program of the page is what `serin import` prints of its manifest. */
import { programOf } from '../../cli/import/program';
import { objectsOf, page, textsOf } from './pages';

test('the program of the page is what the verb prints', () => {
  const shown = page('migration.md');
  const [, ...lines] = programOf(objectsOf(shown, 'yaml'), 'canary.yaml').split('\n');
  expect(textsOf(shown, 'ts')).toEqual([lines.join('\n')]);
});
