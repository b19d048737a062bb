/** What is sent to each kind of chat, and what its answer means. */
import type { AlertMessage } from './alert-message';
import type { Destination, ProviderType } from './destination';
import { googleChatCard } from './google-chat-card';
import { ROCKET_COLORS, SLACK_COLORS, slackMessage } from './slack-message';
import { adaptiveCard, messageCard, takesAdaptiveCards } from './teams-card';

export interface ChatRequest {
  url: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export function chatRequest(destination: Destination, message: AlertMessage): ChatRequest {
  const { type, token } = destination;
  const url = new URL(destination.url);
  if (type === 'discord' && !url.pathname.endsWith('/slack')) url.pathname = `${url.pathname.replace(/\/$/, '')}/slack`;
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  // hooks with a password in their URL
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  if (type === 'slack' && token) headers['authorization'] = `Bearer ${token}`;
  return { url: url.href, headers, body: JSON.stringify(bodyOf(destination, message, url)) };
}

function bodyOf(destination: Destination, message: AlertMessage, url: URL): object {
  switch (destination.type) {
    case 'slack':
    case 'discord':
      return slackMessage(destination, message, SLACK_COLORS);
    case 'rocket':
      return slackMessage(destination, message, ROCKET_COLORS);
    case 'msteams':
      return takesAdaptiveCards(url) ? adaptiveCard(message) : messageCard(message);
    case 'gchat':
      return googleChatCard(message);
  }
}

/** Whether the chat took the message; if not, why, and whether the same message may pass later. */
export type ChatVerdict = { taken: true } | { taken: false; why: string; mayPassLater: boolean };

const TAKEN: ChatVerdict = { taken: true };
const MAX_EXCERPT_LENGTH = 300;

export function chatVerdict(type: ProviderType, url: string, status: number, body: string): ChatVerdict {
  if (status >= 200 && status <= 299) return refusalInside(type, url, body) ?? TAKEN;
  const detail = excerpt(body);
  const why =
    status >= 300 && status <= 399 ? `${status}, redirects are not followed` : `${status}${detail && `: ${detail}`}`;
  const mayPassLater = status === 429 || status === 408 || (status >= 500 && status !== 501);
  return { taken: false, why, mayPassLater };
}

/** Some chats say no with 200 (A5). */
function refusalInside(type: ProviderType, url: string, body: string): ChatVerdict | undefined {
  switch (type) {
    case 'slack':
      return slackRefusal(new URL(url), body);
    case 'rocket':
      return rocketRefusal(body);
    case 'msteams':
      return teamsRefusal(body);
    default:
      return undefined;
  }
}

/** Slack's own troubles, as opposed to ours. */
const SLACK_TROUBLES = /^(ratelimited|rate_limited|internal_error|fatal_error|service_unavailable|request_timeout)$/;

function slackRefusal(url: URL, body: string): ChatVerdict | undefined {
  const answer = parsed(body);
  if (answer?.['ok'] === false) {
    const error = String(answer['error'] ?? 'no reason given');
    return { taken: false, why: `Slack answers ok: false, ${error}`, mayPassLater: SLACK_TROUBLES.test(error) };
  }
  const method = url.pathname.endsWith('/api/chat.postMessage');
  if (!method || answer?.['ok'] === true) return undefined;
  return { taken: false, why: `the answer is not Slack's: ${excerpt(body)}`, mayPassLater: true };
}

function rocketRefusal(body: string): ChatVerdict | undefined {
  const answer = parsed(body);
  if (answer?.['success'] !== false) return undefined;
  return {
    taken: false,
    why: `Rocket.Chat answers success: false, ${String(answer['error'] ?? '')}`,
    mayPassLater: false,
  };
}

/** Connectors answer 200 with a text when what is behind them fails, throttling above all. */
function teamsRefusal(body: string): ChatVerdict | undefined {
  if (!/Webhook message delivery failed|HTTP error \d{3}/i.test(body)) return undefined;
  return { taken: false, why: excerpt(body), mayPassLater: !/HTTP error 4(?!29)\d\d/i.test(body) };
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function excerpt(body: string): string {
  const line = body.replace(/\s+/g, ' ').trim();
  return line.length > MAX_EXCERPT_LENGTH ? `${line.slice(0, MAX_EXCERPT_LENGTH)}…` : line;
}
