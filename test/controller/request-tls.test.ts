/** Certificates that a request brings along: whom it trusts, and who it is. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { undiciHttp } from '../../controller/http';
import type { RequestTls } from '../../model/ports';

const http = undiciHttp();
let server: Server;
let url: string;
const pems = { server: { cert: '', key: '' }, client: { cert: '', key: '' }, stranger: { cert: '', key: '' } };

beforeAll(async () => {
  for (const [name, pem] of Object.entries(pems)) {
    const made = await generate([{ name: 'commonName', value: name }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    Object.assign(pem, { cert: made.cert, key: made.private });
  }
  const wants = { requestCert: true, rejectUnauthorized: true, ca: pems.client.cert };
  server = createServer({ ...pems.server, ...wants }, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  server.close();
});

const ask = async (tls?: RequestTls, insecureSkipVerify = false) =>
  (await http({ method: 'GET', url, insecureSkipVerify, ...(tls && { tls }) })).text();

test('each request is who its certificate says', async () => {
  expect(await ask({ ca: pems.server.cert, ...pems.client })).toBe('client');
  expect(await ask({ ...pems.client }, true)).toBe('client');
  await expect(ask({ ca: pems.server.cert, ...pems.stranger })).rejects.toThrow();
  await expect(ask({ ca: pems.server.cert })).rejects.toThrow();
  await expect(ask(pems.client)).rejects.toThrow('self-signed certificate');
  await expect(ask()).rejects.toThrow('self-signed certificate');
  // Nobody rides on the connection of somebody else.
  expect(await ask({ ca: pems.server.cert, ...pems.client })).toBe('client');
});

test('a certificate that is none is an error of that request', async () => {
  await expect(ask({ ca: 'x', cert: 'y', key: 'z' })).rejects.toThrow();
});

test('rotated certificates make room', async () => {
  for (let n = 0; n < 40; n++) {
    const ca = `${'\n'.repeat(n)}${pems.server.cert}`;
    expect(await ask({ ca, ...pems.client })).toBe('client');
  }
});
