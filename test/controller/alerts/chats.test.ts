/** Whole deliveries over real HTTP, to servers that refuse what the vendors refuse. */
import { AlertQueue } from '../../../controller/alerts/alert-queue';
import { realClock } from '../../../controller/clock';
import { undiciHttp } from '../../../controller/http';
import type { AlertProviderSpec } from '../../../model/canary';
import { aCanary } from '../../fixtures';
import { startChats, TOKEN } from './chats';

const http = undiciHttp();
let chats: Awaited<ReturnType<typeof startChats>>;

beforeAll(async () => {
  chats = await startChats();
});
afterAll(async () => {
  await http.close();
  await chats.stop();
});

async function deliver(spec: Omit<AlertProviderSpec, 'address'>, path: string, secret?: Record<string, string>) {
  const failures: string[] = [];
  const queue = new AlertQueue({
    http,
    clock: realClock(),
    clusterName: 'eu-1',
    provider: (namespace, name) => ({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name, namespace },
      spec: { ...spec, address: chats.url + path },
    }),
    secret: async () => secret,
    onFailure: (_canary, text) => void failures.push(text),
  });
  const canary = aCanary({ alerts: [{ name: 'on-call', providerRef: { name: 'on-call' } }] });
  queue.enqueue(canary, { severity: 'error', message: 'Failed checks threshold reached 2', withMetadata: true }, 'run');
  await queue.flush();
  return { failures, posted: chats.posted.at(-1) };
}

const SLACK_HOOK = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

test.each<[string, AlertProviderSpec['type'], string]>([
  ['Slack webhook', 'slack', SLACK_HOOK],
  ['Teams connector', 'msteams', '/webhookb2/1@2/IncomingWebhook/3/4'],
  ['Teams workflow', 'msteams', '/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=SIGNATURE'],
  ['Discord', 'discord', '/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44f'],
  ['Rocket.Chat', 'rocket', '/hooks/5fzt7rYs/SECRETSECRETSECRET'],
  ['Google Chat', 'gchat', '/v1/spaces/AAA/messages?key=KEY&token=TOKEN'],
])('%s takes the alert', async (_what, type, path) => {
  const { failures, posted } = await deliver({ type }, path);
  expect(failures).toEqual([]);
  const text = JSON.stringify(posted?.body);
  for (const part of ['podinfo.test', 'Failed checks threshold reached 2', 'eu-1', 'Weight step: 20 max: 50']) {
    expect(text).toContain(part);
  }
});

test('a Slack bot posts with its token', async () => {
  const spec = { type: 'slack', secretRef: { name: 'bot' } } as const;
  const { failures, posted } = await deliver(spec, '/api/chat.postMessage', { token: TOKEN });
  expect(failures).toEqual([]);
  expect(posted?.body).toMatchObject({ channel: 'general', username: 'flagger' });
});

test.each<[string, Omit<AlertProviderSpec, 'address'>, string, Record<string, string> | undefined, string]>([
  [
    'A5: a bot without access',
    { type: 'slack', secretRef: { name: 'bot' } },
    '/api/chat.postMessage',
    { token: 'x' },
    'ok: false, invalid_auth',
  ],
  [
    'A5: no such channel',
    { type: 'slack', channel: 'nowhere', secretRef: { name: 'bot' } },
    '/api/chat.postMessage',
    { token: TOKEN },
    'ok: false, channel_not_found',
  ],
  ['a hook that was removed', { type: 'slack' }, '/services/T0/B0/REMOVEDREMOVED', undefined, '404: no_service'],
  ['an archived channel', { type: 'slack', channel: 'archived' }, SLACK_HOOK, undefined, '410: channel_is_archived'],
  ['an unknown Rocket hook', { type: 'rocket' }, '/hooks/unknown', undefined, 'Invalid integration id'],
  ['Google Chat without a key', { type: 'gchat' }, '/v1/spaces/AAA/messages', undefined, '401: {"error":{"code":401'],
])('%s is told and has no secrets in it', async (_what, spec, path, secret, why) => {
  const { failures } = await deliver(spec, path, secret);
  expect(failures).toEqual([expect.stringContaining(why)]);
  expect(failures[0]).not.toMatch(/REMOVEDREMOVED|xoxb|XXXX/);
});
