/** Sentinels for the providers that clients of vendors ask: keys, and the tokens and signatures that are made of them. */
import { generateKeyPairSync } from 'node:crypto';
import { MetricAsker } from '../../controller/analysis/metric-asker';
import type { Http, HttpRequest, OpenSocket } from '../../model/ports';
import { aTemplate, aTemplateQuestion } from '../controller/analysis/questions';
import { StillClock } from '../controller/analysis/vendor-server';
import { echoing, FAILURES, SENTINEL, told } from './sentinels';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const TOKEN = `ya29.${SENTINEL}-access-token`;
const KEY_LINE = privateKey.split('\n')[3]!;

/** Google's: the token is given, whatever is asked with it is echoed. */
function google(status: number, sent: HttpRequest[]): Http {
  const echo = echoing(status, sent);
  return async (request) => {
    if (!request.url.startsWith('https://oauth2.')) return echo(request);
    const text = JSON.stringify({ access_token: TOKEN, expires_in: 3600 });
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      text: async () => text,
      async *lines() {
        yield text;
      },
    };
  };
}

/** The clients of vendors try again after these, in real time. */
const ONCE = FAILURES.filter((status) => status !== 429 && status !== 500);

interface Asking {
  type: 'cloudwatch' | 'stackdriver' | 'splunk';
  http: Http;
  query?: string;
  secret?: Record<string, string>;
  openSocket?: OpenSocket;
}

/** Everything that a query and a probe of it say. */
async function answersOf({ type, http, query = 'x', secret, openSocket }: Asking): Promise<string> {
  const clock = new StillClock();
  const asker = new MetricAsker({ http, clock, secret: async () => secret, ...(openSocket && { openSocket }) });
  const provider = {
    type,
    region: 'eu-west-1',
    address: type === 'splunk' ? 'https://api.vendor.test' : '',
    ...(secret && { secretRef: { name: 's' } }),
  };
  const question = aTemplateQuestion(aTemplate(query, provider));
  const measured = await asker.measure(question);
  const probed = await asker.probe([question]);
  expect(measured.outcome).not.toBe('value');
  return JSON.stringify([measured, probed]);
}

describe('cloudwatch', () => {
  const environment = { ...process.env };
  beforeAll(() => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: `${SENTINEL}-aws-secret`,
      AWS_SESSION_TOKEN: `${SENTINEL}-aws-session`,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  afterAll(() => {
    process.env = environment;
  });

  test.each(ONCE)('that echoes with %d tells neither the session nor the signature', async (status) => {
    const sent: HttpRequest[] = [];
    const said = await answersOf({ type: 'cloudwatch', http: echoing(status, sent), query: '[{"Id":"a"}]' });
    expect(told(JSON.stringify(sent))).not.toEqual([]);
    const signature = /Signature=([0-9a-f]{64})/.exec(JSON.stringify(sent))?.[1];
    expect(signature).toHaveLength(64);
    expect(told(said)).toEqual([]);
    expect(said).not.toMatch(/Signature=[0-9a-f]{16}/);
  });
});

describe('stackdriver', () => {
  const key = JSON.stringify({ type: 'service_account', client_email: 'serin@p.iam', private_key: privateKey });
  const secret = { project: 'my-project', serviceAccountKey: key };

  test.each(FAILURES)('that echoes with %d tells no token', async (status) => {
    const sent: HttpRequest[] = [];
    const said = await answersOf({ type: 'stackdriver', http: google(status, sent), secret });
    expect(told(JSON.stringify(sent))).not.toEqual([]);
    expect(told(said)).toEqual([]);
    expect(said).not.toContain(KEY_LINE);
  });

  test.each(ONCE)('whose token server echoes with %d tells no assertion', async (status) => {
    const sent: HttpRequest[] = [];
    const said = await answersOf({ type: 'stackdriver', http: echoing(status, sent), secret });
    const assertion = new URLSearchParams(sent[0]?.body).get('assertion') ?? '';
    expect(assertion.split('.')).toHaveLength(3);
    expect(said).not.toContain(assertion.split('.')[2]);
    expect(said).not.toContain(assertion.slice(0, 40));
  });

  test.each([
    ['no JSON', `{"private_key": "${SENTINEL}`],
    ['another kind', JSON.stringify({ type: 'external_account', private_key: SENTINEL })],
    ['no key', JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: `${SENTINEL}-no-pem` })],
  ])('a key that is %s is refused without being told', async (_what, serviceAccountKey) => {
    const said = await answersOf({
      type: 'stackdriver',
      http: echoing(500),
      secret: { project: 'p', serviceAccountKey },
    });
    expect(told(said)).toEqual([]);
  });
});

describe('splunk', () => {
  const secret = { sf_token_key: `${SENTINEL}-splunk` };

  /** Says back what it hears in an error of the stream, or breaks with it. */
  const stream =
    (breaks: boolean, heard: string[]): OpenSocket =>
    async (url) => ({
      send: (text: string) => void heard.push(text),
      async *messages() {
        if (breaks) throw new Error(`the stream ${url} broke after ${heard.join()}`);
        yield JSON.stringify({ type: 'error', message: `refused ${heard.join()}` });
      },
      close: () => undefined,
    });

  test.each([true, false])('a stream that echoes what it was sent, and breaks: %s', async (breaks) => {
    const heard: string[] = [];
    const said = await answersOf({ type: 'splunk', http: echoing(401), secret, openSocket: stream(breaks, heard) });
    expect(told(heard.join())).not.toEqual([]);
    expect(told(said)).toEqual([]);
  });

  test.each(FAILURES)('an API host that echoes with %d', async (status) => {
    const sent: HttpRequest[] = [];
    const openSocket: OpenSocket = async () => {
      throw new Error(`cannot connect with ${secret.sf_token_key}`);
    };
    const said = await answersOf({ type: 'splunk', http: echoing(status, sent), secret, openSocket });
    expect(told(JSON.stringify(sent))).not.toEqual([]);
    expect(told(said)).toEqual([]);
  });
});
