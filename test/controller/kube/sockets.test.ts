/** The API server over real connections: kept alive, shared, and no more of them than requests may be in flight. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';
import { realClock } from '../../../controller/clock';
import { undiciHttp } from '../../../controller/http';
import { KubeClient } from '../../../controller/kube/client';
import { RESOURCES } from '../../../model/kube';

test('four hundred requests at once and one by one need a handshake for each that is in flight, and no more', async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
  let inFlight = 0;
  let most = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ key: pems.private, cert: pems.cert }, (_, response) => {
    most = Math.max(most, ++inFlight);
    setTimeout(() => {
      inFlight--;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"metadata":{"name":"a"}}');
    }, 5);
  });
  server.on('secureConnection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = undiciHttp({ tls: { [url]: { insecure: true } } });
  const client = new KubeClient({ http, server: url, clock: realClock(), random: () => 0.5, maxInFlight: 8 });
  const get = () => client.get(RESOURCES.canary, 'test', 'a');
  await Promise.all(Array.from({ length: 300 }, get));
  expect(most).toBeLessThanOrEqual(8);
  const after = sockets.size;
  for (let count = 0; count < 100; count++) await get();
  // The pool opens another one when the last has not yet finished its turn.
  expect(after).toBeLessThanOrEqual(16);
  expect(sockets.size).toBeLessThanOrEqual(after + 1);
  await http.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
