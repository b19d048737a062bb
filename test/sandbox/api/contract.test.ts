import { createApiServer } from '../../../sandbox/api/server';
import { ObjectStore } from '../../../sandbox/api/store';
import { VirtualClock } from '../../../sandbox/clock';
import { apiContract } from '../../contract/api-contract';

let made = 0;

apiContract('sandbox', async () => {
  const uid = () => {
    made += 1;
    return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
  };
  const store = new ObjectStore({ clock: new VirtualClock(), uid });
  return { http: createApiServer(store).handle, url: 'http://sandbox' };
});
