import { environmentProxy } from '../../controller/environment-proxy';

const PROXY = 'http://proxy:3128';

test.each<[string, Record<string, string>, string, string | undefined]>([
  ['nothing set', {}, 'https://hooks.slack.com/x', undefined],
  ['https', { HTTPS_PROXY: PROXY }, 'https://hooks.slack.com/x', PROXY],
  ['https is not http', { HTTPS_PROXY: PROXY }, 'http://chat.test/', undefined],
  ['http, lower case', { http_proxy: PROXY }, 'http://chat.test/', PROXY],
  ['without a scheme', { HTTPS_PROXY: 'proxy:3128' }, 'https://chat.test/', PROXY],
  ['the host itself', { HTTP_PROXY: PROXY }, 'http://127.0.0.1:9090/', undefined],
  ['localhost', { HTTP_PROXY: PROXY }, 'http://localhost:9090/', undefined],
  ['*', { HTTP_PROXY: PROXY, NO_PROXY: '*' }, 'http://chat.test/', undefined],
  ['a name', { HTTP_PROXY: PROXY, NO_PROXY: 'chat.test' }, 'http://chat.test/', undefined],
  ['below a name', { HTTP_PROXY: PROXY, NO_PROXY: 'test' }, 'http://chat.test/', undefined],
  ['another name', { HTTP_PROXY: PROXY, NO_PROXY: 'hat.test' }, 'http://chat.test/', PROXY],
  ['a dot means below', { HTTP_PROXY: PROXY, NO_PROXY: '.chat.test' }, 'http://chat.test/', PROXY],
  ['a port', { HTTP_PROXY: PROXY, NO_PROXY: 'chat.test:8080' }, 'http://chat.test/', PROXY],
  ['the port', { HTTP_PROXY: PROXY, NO_PROXY: 'a, chat.test:8080' }, 'http://chat.test:8080/', undefined],
  ['a range', { HTTPS_PROXY: PROXY, no_proxy: '10.0.0.0/8' }, 'https://10.96.0.1/', undefined],
  ['outside the range', { HTTPS_PROXY: PROXY, no_proxy: '10.0.0.0/8,fd00::/8' }, 'https://11.0.0.1/', PROXY],
  ['a range of IPv6', { HTTPS_PROXY: PROXY, no_proxy: 'fd00::/8' }, 'https://[fd00::1]/', undefined],
  ['an address', { HTTPS_PROXY: PROXY, no_proxy: '10.96.0.1' }, 'https://10.96.0.1/', undefined],
  ['nonsense is no range', { HTTPS_PROXY: PROXY, no_proxy: '10.0.0.0/99,/8' }, 'https://10.96.0.1/', PROXY],
])('%s', (_what, env, url, proxy) => {
  expect(environmentProxy(env)(new URL(url))).toBe(proxy);
});
