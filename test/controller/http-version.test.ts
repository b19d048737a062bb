/** Node's HTTP/2 session was seen to send without end, and to take all memory, when requests on it had been cut off. */
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { undiciHttp } from '../../controller/http';

test.each([
  ['the API server', true],
  ['any other server', false],
])('%s that offers HTTP/2 is spoken to in HTTP/1.1', async (_, known) => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
  const server = createSecureServer({ key: pems.private, cert: pems.cert, allowHTTP1: true }, (request, response) => {
    response.end(request.httpVersion);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = undiciHttp(known ? { tls: { [url]: { insecure: true } } } : {});
  try {
    const answer = await http({ method: 'GET', url: `${url}/`, insecureSkipVerify: true, timeoutMs: 5_000 });
    expect(await answer.text()).toBe('1.1');
  } finally {
    await http.close();
    server.close();
  }
});
