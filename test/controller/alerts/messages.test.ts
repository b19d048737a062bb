import { alertFields, alertMessage } from '../../../controller/alerts/alert-message';
import { chatRequest, chatVerdict } from '../../../controller/alerts/chat-request';
import type { Destination, ProviderType } from '../../../controller/alerts/destination';
import { takesAdaptiveCards } from '../../../controller/alerts/teams-card';
import type { CanaryAnalysis } from '../../../model/canary';
import { aCanary } from '../../fixtures';

const canary = aCanary();
const started = {
  severity: 'info',
  message: 'New revision detected, progressing canary analysis.',
  withMetadata: true,
} as const;
const waiting = { severity: 'warn', message: 'Canary is waiting for approval.', withMetadata: false } as const;
const failed = { severity: 'error', message: 'Failed checks threshold reached 2', withMetadata: false } as const;

const to = (type: ProviderType, url = 'https://chat.test/hook', more: Partial<Destination> = {}): Destination => ({
  type,
  url,
  channel: 'general',
  username: 'flagger',
  ...more,
});
// biome-ignore lint/suspicious/noExplicitAny: bodies of five vendors
const bodyOf = (destination: Destination, alert: Parameters<typeof alertMessage>[1], cluster?: string): any =>
  JSON.parse(chatRequest(destination, alertMessage(canary, alert, cluster)).body);

describe('fields', () => {
  test('F#926: in their order, the cluster first', () => {
    expect(alertFields(canary, 'eu-1')).toEqual([
      { name: 'Cluster', value: 'eu-1' },
      { name: 'Target', value: 'Deployment/podinfo.test' },
      { name: 'Failed checks threshold', value: '2' },
      { name: 'Progress deadline', value: '600s' },
      { name: 'Traffic routing', value: 'Weight step: 20 max: 50' },
    ]);
  });

  test('without metadata only the cluster, without a name not even that', () => {
    expect(alertMessage(canary, waiting, 'eu-1').fields).toEqual([{ name: 'Cluster', value: 'eu-1' }]);
    expect(alertMessage(canary, waiting, '').fields).toEqual([]);
    expect(alertFields(canary).map(({ name }) => name)).not.toContain('Cluster');
  });

  test.each<[string, Partial<CanaryAnalysis>, string]>([
    ['steps', { stepWeight: 0, stepWeights: [1, 2, 10], maxWeight: 80 }, 'Weight steps: 1,2,10 max: 80'],
    ['maxWeight unset', { stepWeight: 0, stepWeights: [5, 20, 60], maxWeight: 0 }, 'Weight steps: 5,20,60 max: 0'],
    ['iterations', { iterations: 5 }, 'Blue/Green'],
    ['match and iterations', { iterations: 5, match: [{ headers: { a: { exact: 'b' } } }] }, 'A/B Testing'],
    ['match and a step', { match: [{ headers: { a: { exact: 'b' } } }] }, 'Weight step: 20 max: 50'],
  ])('traffic routing: %s', (_what, analysis, value) => {
    expect(alertFields(aCanary(analysis)).at(-1)).toEqual({ name: 'Traffic routing', value });
  });

  test('a text of many pages is cut', () => {
    const { text } = alertMessage(canary, { ...failed, message: 'x'.repeat(100_000) });
    expect(text.length).toBeLessThan(4_000);
  });
});

describe('bodies', () => {
  test('Slack', () => {
    expect(bodyOf(to('slack'), started)).toEqual({
      channel: 'general',
      username: 'flagger',
      icon_url: '',
      icon_emoji: ':rocket:',
      attachments: [
        {
          color: 'good',
          author_name: 'podinfo.test',
          text: 'New revision detected, progressing canary analysis.',
          mrkdwn_in: ['text'],
          fields: [
            { title: 'Target', value: 'Deployment/podinfo.test', short: false },
            { title: 'Failed checks threshold', value: '2', short: false },
            { title: 'Progress deadline', value: '600s', short: false },
            { title: 'Traffic routing', value: 'Weight step: 20 max: 50', short: false },
          ],
        },
      ],
    });
  });

  test('an error text cannot wake a whole Slack channel', () => {
    const alert = { ...failed, message: 'Promotion failed, primary not ready: <!channel> a & b' };
    expect(bodyOf(to('slack'), alert).attachments[0].text).toContain('&lt;!channel&gt; a &amp; b');
  });

  test('the bot token goes to Slack and to nobody else', () => {
    const headers = (type: ProviderType) =>
      chatRequest(to(type, undefined, { token: 't' }), alertMessage(canary, failed)).headers;
    expect(headers('slack')['authorization']).toBe('Bearer t');
    for (const type of ['msteams', 'discord', 'rocket', 'gchat'] as const) {
      expect(headers(type)['authorization']).toBeUndefined();
    }
  });

  test.each([
    ['https://discord.test/api/webhooks/1/abc', 'https://discord.test/api/webhooks/1/abc/slack'],
    ['https://discord.test/api/webhooks/1/abc/', 'https://discord.test/api/webhooks/1/abc/slack'],
    ['https://discord.test/api/webhooks/1/abc/slack', 'https://discord.test/api/webhooks/1/abc/slack'],
    [
      'https://discord.test/api/webhooks/1/abc?thread_id=7',
      'https://discord.test/api/webhooks/1/abc/slack?thread_id=7',
    ],
  ])('Discord speaks Slack below %s', (url, sent) => {
    const request = chatRequest(to('discord', url), alertMessage(canary, failed));
    expect(request.url).toBe(sent);
    expect(JSON.parse(request.body).attachments[0].color).toBe('danger');
  });

  test('a password in the URL is sent as such', () => {
    const request = chatRequest(to('rocket', 'https://serin:p%40ss@chat.test/hooks/1'), alertMessage(canary, failed));
    expect(request.url).toBe('https://chat.test/hooks/1');
    expect(request.headers['authorization']).toBe(`Basic ${Buffer.from('serin:p@ss').toString('base64')}`);
  });

  test('A4: the old Teams connectors get a MessageCard', () => {
    expect(bodyOf(to('msteams', 'https://acme.webhook.office.com/webhookb2/1'), failed, 'eu-1')).toEqual({
      '@type': 'MessageCard',
      '@context': 'http://schema.org/extensions',
      themeColor: 'FF0000',
      summary: 'podinfo.test',
      sections: [
        {
          activityTitle: 'Failed checks threshold reached 2',
          activitySubtitle: 'podinfo.test',
          facts: [{ name: 'Cluster', value: 'eu-1' }],
        },
      ],
    });
  });

  test('A4: Workflows get an Adaptive Card', () => {
    const url = 'https://prod-1.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x';
    const card = bodyOf(to('msteams', url), failed, 'eu-1').attachments[0];
    expect(card.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(card.content).toMatchObject({
      type: 'AdaptiveCard',
      body: [
        { type: 'TextBlock', text: 'Failed checks threshold reached 2', color: 'Attention', wrap: true },
        { type: 'TextBlock', text: 'podinfo.test' },
        { type: 'FactSet', facts: [{ title: 'Cluster', value: 'eu-1' }] },
      ],
    });
  });

  test.each([
    ['https://prod-1.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke', true],
    ['https://default1.2.environment.api.powerplatform.com:443/powerautomate/automations/direct/x', true],
    ['https://relay.example.com/workflows/1', true],
    ['https://acme.webhook.office.com/webhookb2/1', false],
    ['https://outlook.office.com/webhook/1', false],
    ['https://notlogic.azure.com.example.com/hook', false],
  ])('A4: %s takes Adaptive Cards: %s', (url, expected) => {
    expect(takesAdaptiveCards(new URL(url))).toBe(expected);
  });

  test('Google Chat', () => {
    expect(bodyOf(to('gchat'), started, 'eu-1')).toEqual({
      cards: [
        {
          header: { title: 'Flagger', subtitle: 'podinfo.test', imageUrl: 'https://flagger.app/favicon.png' },
          sections: [
            '<font color="#777777"><b>New revision detected, progressing canary analysis.</b></font>',
            'Cluster<br>eu-1',
            'Target<br>Deployment/podinfo.test',
            'Failed checks threshold<br>2',
            'Progress deadline<br>600s',
            'Traffic routing<br>Weight step: 20 max: 50',
          ].map((text) => ({ widgets: [{ textParagraph: { text } }] })),
        },
      ],
    });
  });

  test('A5: Google Chat shows the severity and keeps markup out', () => {
    const text = (alert: Parameters<typeof bodyOf>[1]) =>
      bodyOf(to('gchat'), alert).cards[0].sections[0].widgets[0].textParagraph.text;
    expect(text({ ...failed, message: 'not ready: <b>"x" & \'y\'' })).toContain(
      'ERROR: not ready: &lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;',
    );
    expect(text(waiting)).toContain('WARN: Canary is waiting');
  });

  test.each<[ProviderType, string[]]>([
    ['slack', ['good', 'warning', 'danger']],
    ['discord', ['good', 'warning', 'danger']],
    ['rocket', ['#0076D7', '#FFA500', '#FF0000']],
  ])('A5: in %s a warning looks like one', (type, colors) => {
    const color = (alert: Parameters<typeof bodyOf>[1]) => bodyOf(to(type), alert).attachments[0].color;
    expect([color(started), color(waiting), color(failed)]).toEqual(colors);
  });

  test('A5: in Teams too', () => {
    const colors = [started, waiting, failed].map((alert) => bodyOf(to('msteams'), alert).themeColor);
    expect(colors).toEqual(['0076D7', 'FFA500', 'FF0000']);
  });
});

describe('answers', () => {
  const METHOD = 'https://slack.com/api/chat.postMessage';
  const HOOK = 'https://hooks.slack.com/services/T/B/X';

  test.each<[string, ProviderType, string, number, string, 'taken' | 'later' | 'never']>([
    ['ok', 'slack', HOOK, 200, 'ok', 'taken'],
    ['202', 'msteams', HOOK, 202, '', 'taken'],
    ['204', 'discord', HOOK, 204, '', 'taken'],
    ['4xx', 'slack', HOOK, 404, 'no_service', 'never'],
    ['429', 'slack', HOOK, 429, '', 'later'],
    ['5xx', 'gchat', HOOK, 503, 'Unavailable', 'later'],
    ['a redirect', 'rocket', HOOK, 302, '', 'never'],
    ['A5: ok false', 'slack', METHOD, 200, '{"ok":false,"error":"not_in_channel"}', 'never'],
    ['A5: ok false for now', 'slack', METHOD, 200, '{"ok":false,"error":"ratelimited"}', 'later'],
    ['ok true', 'slack', METHOD, 200, '{"ok":true}', 'taken'],
    ['a login page', 'slack', METHOD, 200, '<html>Sign in</html>', 'later'],
    ['success false', 'rocket', HOOK, 200, '{"success":false,"error":"x"}', 'never'],
    ['success true', 'rocket', HOOK, 200, '{"success":true}', 'taken'],
    ['a connector', 'msteams', HOOK, 200, '1', 'taken'],
    [
      'a connector that was throttled',
      'msteams',
      HOOK,
      200,
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
      'later',
    ],
    [
      'a connector that is gone',
      'msteams',
      HOOK,
      200,
      'Webhook message delivery failed with error: HTTP error 404',
      'never',
    ],
  ])('%s', (_what, type, url, status, body, expected) => {
    const verdict = chatVerdict(type, url, status, body);
    expect(verdict.taken ? 'taken' : verdict.mayPassLater ? 'later' : 'never').toBe(expected);
  });
});
