/** Chats as their vendors document them: what they refuse, and with which answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Posted {
  path: string;
  headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: bodies of five vendors
  body: any;
}

type Answer = [status: number, body: string, headers?: Record<string, string>];

export const TOKEN = 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy';

const json = (status: number, body: object, headers?: Record<string, string>): Answer => [
  status,
  JSON.stringify(body),
  { 'content-type': 'application/json', ...headers },
];

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function slackWebhook({ path, body }: Posted): Answer {
  if (path !== '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX') return [404, 'no_service'];
  if (!body.text && !body.attachments?.length) return [400, 'no_text'];
  if (body.channel === 'archived') return [410, 'channel_is_archived'];
  return [200, 'ok'];
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: errors have status 200. */
function slackMethod({ headers, body }: Posted): Answer {
  if (!headers.authorization) return json(200, { ok: false, error: 'not_authed' });
  if (headers.authorization !== `Bearer ${TOKEN}`) return json(200, { ok: false, error: 'invalid_auth' });
  if (body.channel === 'nowhere') return json(200, { ok: false, error: 'channel_not_found' });
  return json(200, { ok: true, channel: 'C123456', ts: '1503435956.000247' });
}

/** Office connector, until they are gone. */
function teamsConnector({ body }: Posted): Answer {
  return body.summary || body.text ? [200, '1'] : [400, 'Summary or Text is required.'];
}

/** A flow that begins with "When a Teams webhook request is received". */
function teamsWorkflow({ body }: Posted): Answer {
  const cards = body.attachments ?? [];
  const adaptive = (card: { contentType?: string; content?: { type?: string } }) =>
    card.contentType === 'application/vnd.microsoft.card.adaptive' && card.content?.type === 'AdaptiveCard';
  if (body.type === 'message' && cards.length > 0 && cards.every(adaptive)) return [202, ''];
  return json(400, { error: { code: 'TriggerInputSchemaMismatch', message: 'The input body does not match' } });
}

/** https://docs.discord.com/developers/resources/webhook#execute-slackcompatible-webhook */
function discord({ path, body }: Posted): Answer {
  if (!path.endsWith('/slack')) return json(400, { message: 'Cannot send an empty message', code: 50006 });
  return body.attachments ? [200, 'ok'] : json(400, { message: 'Invalid Form Body', code: 50035 });
}

function rocket({ path }: Posted): Answer {
  if (path.includes('unknown'))
    return json(404, { success: false, error: 'Invalid integration id or token provided.' });
  return json(200, { success: true });
}

/** https://developers.google.com/workspace/chat/quickstart/webhooks */
function googleChat({ path, body }: Posted): Answer {
  const wrong = (code: number, status: string, message: string) => json(code, { error: { code, message, status } });
  if (!path.includes('key=') || !path.includes('token=')) return wrong(401, 'UNAUTHENTICATED', 'no credentials');
  if (!body.cards && !body.text) return wrong(400, 'INVALID_ARGUMENT', 'Message cannot be empty.');
  return json(200, { name: 'spaces/AAA/messages/BBB.BBB' });
}

const ROUTES: Array<[prefix: string, chat: (posted: Posted) => Answer]> = [
  ['/services/', slackWebhook],
  ['/api/chat.postMessage', slackMethod],
  ['/webhookb2/', teamsConnector],
  ['/workflows/', teamsWorkflow],
  ['/api/webhooks/', discord],
  ['/hooks/', rocket],
  ['/v1/spaces/', googleChat],
];

/** All chats on one port of the host itself. */
export async function startChats() {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const message: Posted = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) };
    posted.push(message);
    const chat = ROUTES.find(([prefix]) => message.path.startsWith(prefix))?.[1];
    const [status, body, headers] = chat && request.method === 'POST' ? chat(message) : ([404, 'Not Found'] as Answer);
    response.writeHead(status, headers ?? {}).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, posted, stop };
}
