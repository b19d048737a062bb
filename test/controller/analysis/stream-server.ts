/** A WebSocket server in little: text and binary frames, one connection after the other. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { webSocket } from '../../../controller/socket';
import type { OpenSocket } from '../../../model/ports';

export type Frame = string | Buffer | 'drop';

export class StreamServer {
  /** What clients said, parsed. */
  readonly heard: Array<Record<string, unknown>> = [];
  /** The URL as the provider wrote it, and the path that arrived. */
  opened = '';
  path = '';
  reply: (message: Record<string, unknown>) => Frame[] = () => [];
  refuse: number | undefined;
  private port = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((_request, response) => response.writeHead(404).end());

  async start(): Promise<void> {
    this.server.on('upgrade', (request, socket: Socket) => {
      this.path = request.url ?? '';
      this.sockets.add(socket);
      socket.on('error', () => {});
      if (this.refuse !== undefined) return socket.end(`HTTP/1.1 ${this.refuse} No\r\ncontent-length: 0\r\n\r\n`);
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      let rest: Buffer = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        rest = this.read(Buffer.concat([rest, chunk as Buffer]), socket);
      });
      return socket;
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get allClosed(): boolean {
    return [...this.sockets].every(({ destroyed }) => destroyed);
  }

  /** Every host is this server. */
  readonly open: OpenSocket = (url, signal) => {
    this.opened = url;
    const { pathname, search } = new URL(url);
    return webSocket(`ws://127.0.0.1:${this.port}${pathname}${search}`, signal);
  };

  /** Frames of a client are masked; those of tests are shorter than 64 KiB. Returns what is not a whole frame yet. */
  private read(data: Buffer, socket: Socket): Buffer {
    if (data.length < 2) return data;
    const short = (data[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 && data.length >= 4 ? data.readUInt16BE(2) : short;
    if (data.length < head + 4 + length) return data;
    const mask = data.subarray(head, head + 4);
    const payload = data.subarray(head + 4, head + 4 + length).map((byte, n) => byte ^ (mask[n % 4] ?? 0));
    const opcode = (data[0] ?? 0) & 0x0f;
    if (opcode === 8) socket.end(Buffer.from([0x88, 0]));
    if (opcode === 1) this.hear(JSON.parse(Buffer.from(payload).toString()), socket);
    return this.read(data.subarray(head + 4 + length), socket);
  }

  private hear(message: Record<string, unknown>, socket: Socket): void {
    this.heard.push(message);
    for (const frame of this.reply(message)) {
      if (frame === 'drop') socket.destroy();
      else socket.write(frameOf(frame));
    }
  }
}

function frameOf(frame: string | Buffer): Buffer {
  const payload = Buffer.from(frame as string);
  const size = Buffer.alloc(payload.length > 125 ? 4 : 2);
  size[0] = typeof frame === 'string' ? 0x81 : 0x82;
  size[1] = payload.length > 125 ? 126 : payload.length;
  if (payload.length > 125) size.writeUInt16BE(payload.length, 2);
  return Buffer.concat([size, payload]);
}
