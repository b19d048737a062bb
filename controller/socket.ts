/** WebSockets over the platform's own client: the other door of the network beside http.ts. */
import type { OpenSocket, Socket } from '../model/ports';

/** Messages that wait to be read, and their size; a server that sends more than is read is cut off. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** An {@link OpenSocket} over Node's WebSocket. */
export const webSocket: OpenSocket = (url, signal) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    const inbox = new Inbox(socket);
    const where = `WebSocket ${new URL(url).origin}`;
    const cut = () => {
      reject(coded('EABORTED', `${where}: aborted`));
      inbox.fail(coded('EABORTED', `${where}: aborted`));
      socket.close();
    };
    signal?.addEventListener('abort', cut, { once: true });
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
      resolve(inbox);
    });
    socket.addEventListener('message', ({ data }) => inbox.put(data as string | ArrayBuffer));
    socket.addEventListener('error', (event) => {
      const error = opened ? coded('ECONNRESET', `${where}: the connection broke`) : failure(where, event);
      reject(error);
      inbox.fail(error);
    });
    socket.addEventListener('close', () => {
      signal?.removeEventListener('abort', cut);
      reject(coded('ECONNRESET', `${where}: closed`));
      inbox.end();
    });
    if (signal?.aborted) cut();
  });

/** What arrived and was not read yet. */
class Inbox implements Socket {
  private readonly waiting: Array<string | Uint8Array> = [];
  private waitingBytes = 0;
  private error: Error | undefined;
  private ended = false;
  private wake = () => {};

  constructor(private readonly socket: WebSocket) {}

  send(text: string): void {
    this.socket.send(text);
  }

  close(): void {
    this.ended = true;
    this.socket.close();
    this.wake();
  }

  put(data: string | ArrayBuffer): void {
    if (this.error) return;
    this.waiting.push(typeof data === 'string' ? data : new Uint8Array(data));
    this.waitingBytes += sizeOf(data);
    if (this.waiting.length > MAX_WAITING || this.waitingBytes > MAX_WAITING_BYTES) {
      this.waiting.length = 0;
      this.fail(coded('EBODYTOOLONG', 'more messages than are read'));
      this.socket.close();
    }
    this.wake();
  }

  fail(error: Error): void {
    this.error ??= error;
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async *messages(): AsyncGenerator<string | Uint8Array> {
    for (;;) {
      const next = this.waiting.shift();
      if (next !== undefined) {
        this.waitingBytes -= sizeOf(next);
        yield next;
      } else if (this.error) throw this.error;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

const sizeOf = (data: string | ArrayBuffer | Uint8Array): number =>
  typeof data === 'string' ? data.length : data.byteLength;

/** The event of Node's client carries the cause, or only says that the handshake was refused. */
function failure(where: string, event: Event): Error {
  const { error, message } = event as {
    error?: Error & { code?: string; cause?: { code?: string } };
    message?: string;
  };
  const code = error?.cause?.code ?? error?.code ?? 'EUNKNOWN';
  const why = (error?.cause as Error | undefined)?.message ?? (message || error?.message || 'cannot be opened');
  return coded(typeof code === 'string' ? code : 'EUNKNOWN', `${where}: ${why}`);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
