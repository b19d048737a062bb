import { parse } from 'yaml';
import type { Canary } from '../../../model/canary';
import { type Router, routerFor, sessionStep } from '../../../model/traffic/router';
import { routesFor } from '../../../model/traffic/routes';
import { cookieLetters, cookiePattern, type SessionCookies } from '../../../model/traffic/session-cookies';
import { GATEWAY, plainCanary, raw, written } from './specimen';

const istio = routerFor('istio') as Router;
const v1 = routerFor('gatewayapi:v1') as Router;
const letters = { canary: 'ycwdiVMDmn', primary: 'fOZyXuBmjy' };
const AFFINITY = { cookieName: 'fc', primaryCookieName: 'pc', domain: 'd', path: '/x' };

const withAffinity = (affinity: object = {}, service: object = {}, status: object = {}): Canary => {
  const canary = plainCanary({ sessionAffinity: { ...AFFINITY, ...affinity } }, { gatewayRefs: [GATEWAY], ...service });
  return Object.assign(canary, { status });
};
const routeOf = (router: Router, canary: Canary, weight: number, cookies: SessionCookies, mirrored = false) =>
  raw(router.render(canary, routesFor(weight, mirrored), [], { cookies }).at(-1)).spec;
const CANARY = '(^|.*;\\s*)fc=ycwdiVMDmn(;.*|$)';
const PRIMARY = '(^|.*;\\s*)pc=fOZyXuBmjy(;.*|$)';
const COOKIES = { canary: 'fc=ycwdiVMDmn', primary: 'pc=fOZyXuBmjy' };

describe('Istio', () => {
  test('at 10 %: who has a cookie stays where it was given, the others are given one', () => {
    expect(routeOf(istio, withAffinity(), 10, COOKIES).http).toEqual(
      parse(`
- match: [{ headers: { Cookie: { regex: '${CANARY}' } } }]
  route:
  - { destination: { host: podinfo-primary }, weight: 0 }
  - { destination: { host: podinfo-canary },  weight: 100 }
- match: [{ headers: { Cookie: { regex: '${PRIMARY}' } } }]
  route:
  - { destination: { host: podinfo-primary }, weight: 100 }
  - { destination: { host: podinfo-canary },  weight: 0 }
- route:
  - destination: { host: podinfo-primary }
    weight: 90
    headers: { response: { add: { Set-Cookie: "pc=fOZyXuBmjy; Max-Age=60; Domain=d; Path=/x" } } }
  - destination: { host: podinfo-canary }
    weight: 10
    headers: { response: { add: { Set-Cookie: "fc=ycwdiVMDmn; Max-Age=86400; Domain=d; Path=/x" } } }
`),
    );
  });

  test('T5: without a run the last cookie is taken back with its attributes, on its own route only', () => {
    const service = { headers: { response: { add: { a: 'b' } } }, match: [{ uri: { prefix: '/app' } }] };
    const { http } = routeOf(istio, withAffinity({ partitioned: true, secure: true }, service), 0, {
      previous: 'fc=ycwdiVMDmn',
    });
    expect(http).toEqual(
      parse(`
- match: [{ uri: { prefix: /app }, headers: { Cookie: { regex: '${CANARY}' } } }]
  headers:
    response:
      add: { a: b, Set-Cookie: "fc=ycwdiVMDmn; Max-Age=-1; Domain=d; Partitioned; Path=/x; Secure" }
  route:
  - { destination: { host: podinfo-primary }, weight: 100 }
  - { destination: { host: podinfo-canary },  weight: 0 }
- match: [{ uri: { prefix: /app } }]
  headers: { response: { add: { a: b } } }
  route:
  - { destination: { host: podinfo-primary }, weight: 100 }
  - { destination: { host: podinfo-canary },  weight: 0 }
`),
    );
    expect(service.headers.response.add).toEqual({ a: 'b' });
  });

  test('T4: the route with the split is mirrored, and read as mirrored', () => {
    const canary = withAffinity();
    const live = written([], istio.render(canary, routesFor(0, true), [], { cookies: { previous: 'fc=old' } }));
    const { http } = raw(live.at(-1)).spec;
    expect(http.map((route: { mirror?: object }) => route.mirror)).toEqual([undefined, { host: 'podinfo-canary' }]);
    expect(istio.read(canary, live)).toEqual(routesFor(0, true));
  });

  test('T6: without primaryCookieName there is no trace of a primary cookie', () => {
    const canary = withAffinity({ primaryCookieName: undefined }, {}, { primarySessionAffinityCookie: '=junk' });
    const { cookies, statusChange } = step(istio, canary, 0, 10);
    expect(cookies).toEqual({ canary: COOKIES.canary });
    expect(statusChange).toEqual({ sessionAffinityCookie: COOKIES.canary, primarySessionAffinityCookie: null });
    const { http } = routeOf(istio, canary, 10, { ...cookies, primary: '=junk' });
    expect(http).toHaveLength(2);
    expect(JSON.stringify(http)).not.toContain('junk');
  });

  test('an interval that is no duration is an error where a cookie has to live for one', () => {
    const canary = withAffinity();
    canary.spec.analysis.interval = 'soon';
    expect(() => routeOf(istio, canary, 10, COOKIES)).toThrow('analysis.interval soon is no duration');
  });

  test('iterations, conditions and TCP have no sessions', () => {
    const cases = [
      plainCanary({ iterations: 3, sessionAffinity: AFFINITY }),
      plainCanary({ match: [{ headers: { a: { exact: 'b' } } }], sessionAffinity: AFFINITY }),
      withAffinity({}, { appProtocol: 'tcp' }),
    ];
    for (const canary of cases) {
      expect(istio.sessions(canary)).toBeUndefined();
      expect(JSON.stringify(istio.render(canary, routesFor(10), [], { cookies: COOKIES }))).not.toContain('Cookie');
      expect(istio.skips(canary)).toContainEqual({ path: 'analysis.sessionAffinity', reason: expect.any(String) });
    }
  });
});

describe('Gateway API', () => {
  test('at 10 %, and after the run', () => {
    const canary = withAffinity({}, { headers: { response: { add: { a: 'b' } } } });
    const backends = (primary: number, other: number) => [
      { group: '', kind: 'Service', name: 'podinfo-primary', port: 9898, weight: primary },
      { group: '', kind: 'Service', name: 'podinfo-canary', port: 9898, weight: other },
    ];
    const path = { type: 'PathPrefix', value: '/' };
    const cookie = (value: string) => [{ path, headers: [{ name: 'Cookie', type: 'RegularExpression', value }] }];
    const adding = (...add: object[]) => [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { add } }];
    const set = (value: string) => ({ name: 'Set-Cookie', value });
    const [primary, other] = backends(90, 10);
    const filters = adding({ name: 'a', value: 'b' });
    expect(routeOf(v1, canary, 10, COOKIES).rules).toEqual([
      { matches: cookie(CANARY), filters, backendRefs: backends(0, 100) },
      { matches: cookie(PRIMARY), filters, backendRefs: backends(100, 0) },
      {
        matches: [{ path }],
        filters,
        backendRefs: [
          { ...primary, filters: adding(set('pc=fOZyXuBmjy; Max-Age=60; Domain=d; Path=/x')) },
          { ...other, filters: adding(set('fc=ycwdiVMDmn; Max-Age=86400; Domain=d; Path=/x')) },
        ],
      },
    ]);
    expect(routeOf(v1, canary, 0, { previous: COOKIES.canary }).rules[0]).toEqual({
      matches: cookie(CANARY),
      filters: adding(set('fc=ycwdiVMDmn; Max-Age=-1; Domain=d; Path=/x'), { name: 'a', value: 'b' }),
      backendRefs: backends(100, 0),
    });
  });

  test('v1beta1 has no primary cookie', () => {
    const beta = routerFor('gatewayapi:v1beta1') as Router;
    expect(step(beta, withAffinity(), 0, 10).cookies).toEqual({ canary: COOKIES.canary });
    expect(routeOf(beta, withAffinity(), 10, COOKIES).rules).toHaveLength(2);
  });
});

function step(router: Router, canary: Canary, from: number, to: number, handedOut?: SessionCookies) {
  const routing = written([], router.render(canary, routesFor(from), [], { cookies: handedOut ?? {} }));
  return sessionStep(router, canary, { live: routesFor(from), next: routesFor(to), routing, letters: () => letters });
}

describe('which cookies', () => {
  const inRun = { sessionAffinityCookie: 'fc=old', primarySessionAffinityCookie: 'pc=old' };

  test('a run begins with new ones', () => {
    expect(step(istio, withAffinity(), 0, 10)).toEqual({
      cookies: COOKIES,
      statusChange: { sessionAffinityCookie: 'fc=ycwdiVMDmn', primarySessionAffinityCookie: 'pc=fOZyXuBmjy' },
    });
  });

  test('a cookie that the status kept from an interrupted run is not handed out again', () => {
    expect(step(istio, withAffinity({}, {}, inRun), 0, 10).cookies).toEqual({ ...COOKIES, previous: 'fc=old' });
  });

  test('T7: a step keeps the canary’s and makes a new one for the primary, no step keeps both', () => {
    const canary = withAffinity({}, {}, inRun);
    expect(step(istio, canary, 10, 20)).toEqual({
      cookies: { canary: 'fc=old', primary: 'pc=fOZyXuBmjy' },
      statusChange: { primarySessionAffinityCookie: 'pc=fOZyXuBmjy' },
    });
    expect(step(istio, canary, 20, 20).statusChange).toEqual({});
  });

  test('the end of a run moves the cookie to the previous one', () => {
    expect(step(istio, withAffinity({}, {}, inRun), 50, 0)).toEqual({
      cookies: { previous: 'fc=old' },
      statusChange: {
        sessionAffinityCookie: null,
        primarySessionAffinityCookie: null,
        previousSessionAffinityCookie: 'fc=old',
      },
    });
    const idle = withAffinity({}, {}, { previousSessionAffinityCookie: 'fc=old' });
    expect(step(istio, idle, 0, 0)).toEqual({ cookies: { previous: 'fc=old' }, statusChange: {} });
  });

  test('T14: what the live object hands out survives a status that was not written', () => {
    const handedOut = { canary: 'fc=live', primary: 'pc=live' };
    for (const router of [istio, v1]) {
      for (const status of [{}, inRun]) {
        const { cookies, statusChange } = step(router, withAffinity({}, {}, status), 10, 10, handedOut);
        expect(cookies).toEqual(handedOut);
        expect(statusChange).toMatchObject({ sessionAffinityCookie: 'fc=live' });
      }
    }
    const clobbered = sessionStep(istio, withAffinity({}, {}, inRun), {
      live: routesFor(10),
      next: routesFor(20),
      routing: [],
      letters: () => letters,
    });
    expect(clobbered.cookies).toMatchObject({ canary: 'fc=old' });
  });

  test.each([istio, v1])(
    'a run of the reference goes on: its split, its cookies, a stricter pattern ($provider)',
    (router) => {
      const canary = withAffinity({}, {}, { sessionAffinityCookie: COOKIES.canary });
      const made = router.render(canary, routesFor(30), [], { cookies: COOKIES });
      const theirs = JSON.parse(
        JSON.stringify(made)
          .replaceAll(JSON.stringify(CANARY), '".*fc.*ycwdiVMDmn.*"')
          .replaceAll(JSON.stringify(PRIMARY), '".*pc.*fOZyXuBmjy.*"'),
      );
      expect(theirs).not.toEqual(made);
      expect(router.cookies(canary, theirs)).toEqual(COOKIES);
      expect(router.render(canary, undefined, theirs).at(-1)).toEqual(made.at(-1));
    },
  );

  test('without a decision on cookies, traffic that leaves the canary takes its cookie back', () => {
    const canary = withAffinity({}, {}, { ...inRun, previousSessionAffinityCookie: 'fc=older' });
    const { http } = raw(istio.render(canary, routesFor(0), []).at(-1)).spec;
    expect(http[0].headers.response.add['Set-Cookie']).toBe('fc=old; Max-Age=-1; Domain=d; Path=/x');
  });

  test('a cookie of another name is replaced and taken back later', () => {
    const canary = withAffinity({ cookieName: 'new' }, {}, inRun);
    expect(step(istio, canary, 10, 20).cookies).toMatchObject({ canary: 'new=ycwdiVMDmn', previous: 'fc=old' });
  });

  test('affinity that is gone leaves nothing behind', () => {
    const canary = Object.assign(plainCanary(), { status: inRun });
    expect(step(istio, canary, 10, 20)).toEqual({
      cookies: {},
      statusChange: { sessionAffinityCookie: null, primarySessionAffinityCookie: null },
    });
    expect(step(istio, plainCanary(), 0, 10)).toEqual({ cookies: {}, statusChange: {} });
  });
});

test('T8: the pattern finds exactly this cookie', () => {
  const pattern = new RegExp(`^(?:${cookiePattern('a.b=x$')})$`);
  for (const header of ['a.b=x$', 'q=1; a.b=x$', 'a.b=x$; z=2', 'q=1;a.b=x$;z=2']) expect(header).toMatch(pattern);
  for (const header of ['aab=x$', 'xa.b=x$', 'a.b=x$y', 'c=a.b=x$', '']) expect(header).not.toMatch(pattern);
});

test('letters come from the given chance alone', () => {
  expect(cookieLetters('a')).toEqual(cookieLetters('a'));
  expect(cookieLetters('a').canary).toMatch(/^[A-Za-z]{10}$/);
  const all = ['a', 'b'].flatMap((random) => Object.values(cookieLetters(random)));
  expect(new Set(all).size).toBe(4);
});

test('Max-Age, and all attributes in the order of the reference', () => {
  const all = { maxAge: 0, httpOnly: true, partitioned: true, sameSite: 'Strict', secure: true };
  const { http } = routeOf(istio, withAffinity(all), 10, COOKIES);
  expect(http[2].route[1].headers.response.add['Set-Cookie']).toBe(
    'fc=ycwdiVMDmn; Max-Age=86400; Domain=d; HttpOnly; Partitioned; Path=/x; SameSite=Strict; Secure',
  );
});
