import fc from 'fast-check';
import type { ProviderType } from '../../../controller/analysis/metric-provider';
import { renderQuery } from '../../../controller/analysis/render-query';
import { VARIABLES } from './questions';

const withVariables = (variables: Record<string, string>) => ({ ...VARIABLES, variables });

test('M16: primary and canary name the workloads', () => {
  expect(renderQuery('{{ primary }} {{ canary }}', VARIABLES)).toBe('podinfo-primary podinfo');
});

test.each([
  ['parentheses', `{{ ${'('.repeat(200)}target${')'.repeat(200)} }}`],
  ['blocks', `${'{{ if target }}'.repeat(200)}${'{{ end }}'.repeat(200)}`],
  ['else if', `{{ if target }}${'{{ else if target }}'.repeat(200)}{{ end }}`],
])('nested %s end with a sentence, not with the stack', (_, template) => {
  expect(() => renderQuery(template, VARIABLES)).toThrow(/line 1, column \d+: nested more than 100 deep/);
});

test('a template of half a megabyte is not begun', () => {
  expect(() => renderQuery('x'.repeat(512 * 1024), VARIABLES)).toThrow('the query template is too long');
});

test.each(['a\u0000b', 'a\u001b[31m', '\ud800'])('the value %j is refused', (x) => {
  for (const template of ['up{a="{{ variables.x }}"}', 'up{a=`{{ variables.x }}`}', '{{ variables.x }}']) {
    expect(() => renderQuery(template, withVariables({ x }))).toThrow('control characters');
  }
});

test('all variables of the contract', () => {
  const template = '{{ name }} {{ namespace }} {{ target }} {{ service }} {{ ingress }} {{ route }} {{ interval }}';
  expect(renderQuery(template, VARIABLES)).toBe('podinfo test podinfo podinfo-svc podinfo-ing podinfo-route 1m');
});

describe('M13', () => {
  test.each([
    [
      'a quote cannot leave its string',
      'up{a="{{ variables.x }}"}',
      'b"} or vector(1) #',
      'up{a="b\\"} or vector(1) #"}',
    ],
    ['nor can a backslash at the end', 'up{a="{{ variables.x }}"}', 'b\\', 'up{a="b\\\\"}'],
    ['nor a line break', 'up{a="{{ variables.x }}"}', 'b\nc', 'up{a="b\\nc"}'],
    ['in single quotes too', "up{a='{{ variables.x }}'}", "b'", "up{a='b\\''}"],
    ['what was written as string content stays', 'up{a=~"{{ variables.x }}"}', '5\\\\d+', 'up{a=~"5\\\\d+"}'],
    ['outside of strings values are PromQL', 'rate({{ variables.x }}[1m])', 'up{a="b"}', 'rate(up{a="b"}[1m])'],
    ['a quote in a comment opens nothing', '# it\'s\nup{a="{{ variables.x }}"}', '"', '# it\'s\nup{a="\\""}'],
    ['an escaped quote closes nothing', 'up{a="\\"{{ variables.x }}"}', '"', 'up{a="\\"\\""}'],
  ])('%s', (_what, template, x, expected) => {
    expect(renderQuery(template, withVariables({ x }))).toBe(expected);
  });

  test('a raw string cannot hold its own quote', () => {
    expect(() => renderQuery('up{a=`{{ variables.x }}`}', withVariables({ x: '`' }))).toThrow(
      'cannot stand in a `raw string`',
    );
  });

  test('no value ever ends the string that it is in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', "'", '\\', 'n', 'x', '4', '1', '\n', '}', 'u') }), (x) => {
        const query = renderQuery('up{a="{{ variables.x }}"} < 7', withVariables({ x }));
        expect(query).toMatch(/^up\{a="(?:[^"\\\n]|\\.)*"\} < 7$/);
      }),
    );
  });
});

describe('M13 in the languages of other providers', () => {
  test.each<[ProviderType, string, string, string]>([
    [
      'influxdb',
      '|> filter(fn: (r) => r.app == "{{ variables.x }}")',
      'a" or true or "',
      '|> filter(fn: (r) => r.app == "a\\" or true or \\"")',
    ],
    ['influxdb', 'r.app == "{{ variables.x }}"', '$\u007bsecret}', 'r.app == "\\$\u007bsecret}"'],
    ['influxdb', '// it"s\nr.app == "{{ variables.x }}"', '"', '// it"s\nr.app == "\\""'],
    ['cloudwatch', '[{"Id":"{{ variables.x }}"}]', 'a","Period":"1', '[{"Id":"a\\",\\"Period\\":\\"1"}]'],
    ['cloudwatch', '[{"Id":"{{ variables.x }}"}]', "it's", '[{"Id":"it\'s"}]'],
    ['cloudwatch', '[{"Id":"{{ variables.x }}"}]', 'a\\"b', '[{"Id":"a\\"b"}]'],
    ['cloudwatch', '[{"Id":"{{ variables.x }}"}]', 'a\nb', '[{"Id":"a\\nb"}]'],
    ['newrelic', "WHERE app = '{{ variables.x }}'", "a' OR 1 = 1 '", "WHERE app = 'a\\' OR 1 = 1 \\''"],
    ['stackdriver', "filter app = '{{ variables.x }}'", "'", "filter app = '\\''"],
    ['splunk', "filter('app', '{{ variables.x }}') # it's", "'", "filter('app', '\\'') # it's"],
    ['dynatrace', 'eq(app,"{{ variables.x }}")', 'a"b', 'eq(app,"a~"b")'],
    ['dynatrace', 'eq(app,"{{ variables.x }}")', 'a~"b', 'eq(app,"a~"b")'],
    ['datadog', 'avg:x{app:{{ variables.x }}}', "it's", "avg:x{app:it's}"],
    ['graphite', "target=alias(a.{{ variables.x }},'b')", '*', "target=alias(a.*,'b')"],
  ])('%s: %s', (type, template, x, expected) => {
    expect(renderQuery(template, withVariables({ x }), type)).toBe(expected);
  });

  test('a value of a JSON query stays one string', () => {
    fc.assert(
      fc.property(fc.string(), (x) => {
        const query = renderQuery('["{{ variables.x }}"]', withVariables({ x }), 'cloudwatch');
        expect(JSON.parse(query)).toEqual([expect.any(String)]);
      }),
    );
  });
});
