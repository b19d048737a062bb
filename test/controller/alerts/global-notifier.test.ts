import { globalNotifier } from '../../../controller/alerts/global-notifier';

const SLACK = { 'slack-url': 'https://hooks.slack.com/services/T/B/X', 'slack-channel': 'ops' };
const TEAMS = { 'msteams-url': 'https://acme.webhook.office.com/webhookb2/1' };

test('without a URL there is none', () => {
  expect(globalNotifier({})).toBeUndefined();
  expect(globalNotifier({ 'slack-channel': 'ops', 'slack-url': '', 'msteams-url': ' ' })).toBeUndefined();
});

test('Slack', () => {
  expect(globalNotifier(SLACK)).toEqual({
    type: 'slack',
    url: SLACK['slack-url'],
    channel: 'ops',
    username: 'flagger',
  });
  const more = { 'slack-user': 'serin', 'slack-token': 't', 'slack-proxy-url': 'http://proxy:3128' };
  expect(globalNotifier({ ...SLACK, ...more })).toMatchObject({
    username: 'serin',
    token: 't',
    proxy: 'http://proxy:3128',
  });
});

test('Teams wins over Slack and needs no channel', () => {
  const notifier = globalNotifier({ ...SLACK, ...TEAMS, 'msteams-proxy-url': 'http://proxy:3128' });
  expect(notifier).toMatchObject({ type: 'msteams', url: TEAMS['msteams-url'], proxy: 'http://proxy:3128' });
  expect(globalNotifier({ 'slack-url': 'x', ...TEAMS })?.type).toBe('msteams');
});

test('C45: a Slack URL without a channel stops the start', () => {
  expect(() => globalNotifier({ ...SLACK, 'slack-channel': '' })).toThrow('--slack-channel is not');
});

test('C45: a URL that is none stops the start, and is not told', () => {
  expect(() => globalNotifier({ ...SLACK, 'slack-url': 'hooks.slack.com/T/SECRET' })).toThrow('--slack-url');
  expect(() => globalNotifier({ ...SLACK, 'slack-url': 'hooks.slack.com/T/SECRET' })).not.toThrow('SECRET');
  expect(() => globalNotifier({ ...TEAMS, 'msteams-proxy-url': 'proxy' })).toThrow('--msteams-proxy-url');
});
