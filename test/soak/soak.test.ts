/** A short soak of the controller's process; the long one, with its memory, is `npm run soak`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Soak, surplus } from './soak';
import { SoakCluster } from './soak-cluster';
import { WatchedProcess } from './watched-process';

const root = join(__dirname, '../..');
const built = existsSync(join(root, 'lib/serin.js'));
jest.setTimeout(300_000);

(built ? test : test.skip)(
  `releases that pass and fail, Canaries that come and go and connections that break leave nothing behind${built ? '' : ' (lib/ is not built: npm run build)'}`,
  async () => {
    const cluster = await SoakCluster.start({ root, steps: 2 });
    const controller = await WatchedProcess.start({ args: cluster.flags });
    try {
      const soak = new Soak({ cluster, controller, canaries: 4 });
      await soak.begin();
      // Three rounds take every path once.
      for (let round = 0; round < 3; round++) await soak.turn();
      const before = await soak.rest();
      for (let round = 0; round < 3; round++) await soak.turn();
      const after = await soak.rest(before);
      expect(surplus(before, after)).toEqual([]);
    } finally {
      await controller.end();
      await cluster.stop();
    }
  },
);
