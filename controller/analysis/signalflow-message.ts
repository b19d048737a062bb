import { gunzipSync } from 'node:zlib';
import { QueryError } from './metric-provider';

/** One message of Splunk's SignalFlow WebSocket, as far as we need it. */
export type SignalFlowMessage =
  | { type: 'authenticated' }
  | { type: 'end' }
  | { type: 'error'; message: string }
  | { type: 'data'; values: Array<{ series: string; value: number | null }> }
  | { type: 'other' };

/** @throws QueryError with code `BadAnswer` when it is no such message. */
export function decodeSignalFlow(message: string | Uint8Array): SignalFlowMessage {
  return typeof message === 'string' ? decodeText(message) : decodeBinary(Buffer.from(message));
}

interface TextMessage {
  type?: unknown;
  event?: unknown;
  message?: unknown;
  error?: unknown;
  errorType?: unknown;
  abortInfo?: { sf_job_abortReason?: unknown };
  data?: Array<{ tsId?: unknown; value?: unknown }>;
}

function decodeText(text: string): SignalFlowMessage {
  let message: TextMessage | null;
  try {
    message = JSON.parse(text) as TextMessage | null;
  } catch (cause) {
    throw new QueryError('BadAnswer', `a message of the stream is not JSON: '${text.slice(0, 100)}'`, { cause });
  }
  switch (message?.type) {
    case 'authenticated':
      return { type: 'authenticated' };
    case 'error':
    case 'websocket-error':
      return { type: 'error', message: String(message.message ?? message.errorType ?? message.error ?? 'no reason') };
    case 'control-message':
      return decodeControl(message);
    case 'data':
      return { type: 'data', values: (message.data ?? []).map(jsonPoint) };
    default:
      return { type: 'other' };
  }
}

function decodeControl({ event, abortInfo }: TextMessage): SignalFlowMessage {
  if (event === 'END_OF_CHANNEL') return { type: 'end' };
  if (event !== 'CHANNEL_ABORT') return { type: 'other' };
  return {
    type: 'error',
    message: `the computation was aborted: ${String(abortInfo?.sf_job_abortReason ?? 'no reason')}`,
  };
}

const jsonPoint = ({ tsId, value }: { tsId?: unknown; value?: unknown }) => ({
  series: String(tsId),
  value: typeof value === 'number' ? value : null,
});

const HEADER_BYTES = 20;
const BATCH_HEADER_BYTES = 12;
const POINT_BYTES = 17;
const COMPRESSED = 1;
const JSON_INSIDE = 2;

/**
 * Big endian. Header: version, type, flags, reserved (a byte each), 16 bytes of channel name. A batch of data: time (8),
 * count (4), then points of a byte of type, 8 of series, 8 of value.
 */
function decodeBinary(message: Buffer): SignalFlowMessage {
  if (message.length <= HEADER_BYTES) throw new QueryError('BadAnswer', 'a message of the stream is too short');
  const flags = message[2] ?? 0;
  const packed = message.subarray(HEADER_BYTES);
  const body = flags & COMPRESSED ? unzipped(packed) : packed;
  if (flags & JSON_INSIDE) return decodeText(body.toString('utf8'));
  const count = body.length >= BATCH_HEADER_BYTES ? body.readUInt32BE(8) : Number.NaN;
  if (!(body.length >= BATCH_HEADER_BYTES + count * POINT_BYTES)) {
    throw new QueryError('BadAnswer', 'a message of the stream is cut off');
  }
  const values = Array.from({ length: count }, (_, n) => pointAt(body, BATCH_HEADER_BYTES + n * POINT_BYTES));
  return { type: 'data', values };
}

function unzipped(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: 4 * 1024 * 1024 });
  } catch (cause) {
    throw new QueryError('BadAnswer', 'a message of the stream is not gzip', { cause });
  }
}

function pointAt(body: Buffer, offset: number): { series: string; value: number | null } {
  const series = body.subarray(offset + 1, offset + 9).toString('hex');
  const at = offset + 9;
  switch (body[offset]) {
    case 1:
      return { series, value: Number(body.readBigInt64BE(at)) };
    case 2:
      return { series, value: body.readDoubleBE(at) };
    case 3:
      return { series, value: body.readInt32BE(at) };
    default:
      return { series, value: null };
  }
}
