/** What Istio's own shapes cannot say. */
import { istioRoutes } from '../../../model/traffic/istio-routes';
import { aCanary } from '../../fixtures';

test('a suffix becomes a regex: Istio has none, and without it the condition would fit everybody', () => {
  const match = [{ headers: { 'x-user': { suffix: '@example.com' }, 'x-b': { exact: '1' } } }];
  const canary = aCanary({ iterations: 2, match });
  const { http } = istioRoutes(canary, { primary: 0, canary: 100, mirrored: false }) as {
    http: Record<string, unknown>[];
  };
  expect(http[0]?.['match']).toEqual([{ headers: { 'x-user': { regex: '.*@example\\.com' }, 'x-b': { exact: '1' } } }]);
});
