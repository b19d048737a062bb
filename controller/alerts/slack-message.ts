import type { AlertMessage, Severity } from './alert-message';
import type { Destination } from './destination';

export type Palette = Record<Severity, string>;

/** Slack and what speaks its language know names for colours. */
export const SLACK_COLORS: Palette = { info: 'good', warn: 'warning', error: 'danger' };
export const ROCKET_COLORS: Palette = { info: '#0076D7', warn: '#FFA500', error: '#FF0000' };

/** The body for Slack, Discord and Rocket.Chat. */
export function slackMessage(
  { channel, username, type }: Destination,
  { canary, severity, text, fields }: AlertMessage,
  palette: Palette,
): object {
  // Slack reads <…> as links and mentions: an error text with <!channel> in it must not wake everybody
  const plain = (value: string) => (type === 'slack' ? escaped(value) : value);
  return {
    channel,
    username,
    icon_url: '',
    icon_emoji: ':rocket:',
    attachments: [
      {
        color: palette[severity],
        author_name: canary,
        text: plain(text),
        mrkdwn_in: ['text'],
        fields: fields.map(({ name, value }) => ({ title: name, value: plain(value), short: false })),
      },
    ],
  };
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
