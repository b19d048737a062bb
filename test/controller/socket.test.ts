import { webSocket } from '../../controller/socket';
import { StreamServer } from './analysis/stream-server';

const stream = new StreamServer();
beforeAll(() => stream.start());
afterAll(() => stream.stop());
beforeEach(() => {
  stream.refuse = undefined;
});

async function all(messages: AsyncIterable<string | Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) texts.push(typeof message === 'string' ? message : `bytes ${message.length}`);
  return texts;
}

test('text and bytes arrive in order, until we close', async () => {
  stream.reply = () => ['a', Buffer.from('bcd'), 'x'.repeat(300)];
  const socket = await stream.open('ws://test/there?a=b');
  socket.send('{}');
  const seen: unknown[] = [];
  for await (const message of socket.messages()) {
    seen.push(typeof message === 'string' ? message.length : Buffer.from(message).toString());
    if (seen.length === 3) socket.close();
  }
  expect(seen).toEqual([1, 'bcd', 300]);
  expect(stream.path).toBe('/there?a=b');
});

test('a connection that breaks is an error after what arrived', async () => {
  stream.reply = () => ['a', 'drop'];
  const socket = await stream.open('ws://test/');
  socket.send('{}');
  await expect(all(socket.messages())).rejects.toMatchObject({
    code: 'ECONNRESET',
    message: expect.stringContaining('the connection broke'),
  });
});

test('what cannot be opened', async () => {
  stream.refuse = 401;
  await expect(stream.open('ws://test/')).rejects.toMatchObject({ message: expect.stringMatching(/^WebSocket ws:/) });
  await expect(webSocket('ws://127.0.0.1:1/')).rejects.toThrow('WebSocket ws://127.0.0.1:1: ');
});

test('the signal cuts, before and after it is open', async () => {
  await expect(stream.open('ws://test/', AbortSignal.abort())).rejects.toMatchObject({ code: 'EABORTED' });
  const cut = new AbortController();
  const socket = await stream.open('ws://test/', cut.signal);
  const messages = all(socket.messages());
  cut.abort();
  await expect(messages).rejects.toMatchObject({ code: 'EABORTED' });
});

test('a server that sends more than is read is cut off', async () => {
  stream.reply = () => Array.from({ length: 300 }, () => 'x'.repeat(65_000));
  const socket = await stream.open('ws://test/');
  socket.send('{}');
  while (!stream.allClosed) await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(all(socket.messages())).rejects.toMatchObject({ code: 'EBODYTOOLONG' });
});
