import { redactedUrl } from '../../model/redaction';

interface SystemError {
  code?: string;
  message?: string;
  address?: string;
  port?: number;
  cause?: { address?: string; port?: number };
}

/** A failed connection in the words of spec behaviour-reference 5.1, which are those of Go's HTTP client. */
export function transportErrorText(url: string, error: unknown): string {
  return `Post "${redactedUrl(url)}": ${cause(new URL(url), error as SystemError)}`;
}

function cause(url: URL, error: SystemError): string {
  switch (error.code) {
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    case 'ECONNREFUSED':
      return `dial tcp ${dialled(url, error)}: connect: connection refused`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${url.hostname}: ${error.code === 'ENOTFOUND' ? 'no such host' : 'try again'}`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `dial tcp ${dialled(url, error)}: connect: no route to host`;
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'connection reset by peer';
    case 'EABORTED':
      return 'context canceled';
    default:
      return error.message || error.code || String(error);
  }
}

/** The address that was tried, when the system names it. */
function dialled(url: URL, error: SystemError): string {
  const port = error.port ?? error.cause?.port ?? (url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = error.address ?? error.cause?.address ?? url.hostname;
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
