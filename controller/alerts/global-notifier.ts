/** The notifier of Canaries that name no provider, from the controller's flags. */
import { checked, type Destination, NoDestination } from './destination';

/** The flags that it reads, by their names. */
export type NotifierFlags = Readonly<Record<string, unknown>>;

/**
 * Teams wins over Slack; without a URL there is none.
 * @throws Error that names the flag: better no start than silence (C45).
 */
export function globalNotifier(flags: NotifierFlags): Destination | undefined {
  const text = (name: string) => String(flags[name] ?? '').trim();
  const username = text('slack-user') || 'flagger';
  const channel = text('slack-channel');
  if (text('msteams-url') !== '') {
    const proxy = text('msteams-proxy-url');
    const teams = { type: 'msteams', url: text('msteams-url'), channel, username } as const;
    return usable('msteams', { ...teams, ...(proxy && { proxy }) });
  }
  if (text('slack-url') === '') return undefined;
  if (channel === '') throw new Error('--slack-url is set, --slack-channel is not: name the channel that alerts go to');
  const [token, proxy] = [text('slack-token'), text('slack-proxy-url')];
  const slack = { type: 'slack', url: text('slack-url'), channel, username } as const;
  return usable('slack', { ...slack, ...(token && { token }), ...(proxy && { proxy }) });
}

function usable(flag: string, destination: Destination): Destination {
  try {
    return checked(destination);
  } catch (error) {
    if (!(error instanceof NoDestination)) throw error;
    throw new Error(`--${flag}-url or --${flag}-proxy-url: ${error.message}`);
  }
}
