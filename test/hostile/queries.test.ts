/** Query templates and what is put into them: an error with a place, or a query that means what its author wrote. */
import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import type { ProviderType } from '../../controller/analysis/metric-provider';
import { renderQuery } from '../../controller/analysis/render-query';
import type { QueryVariables } from '../../controller/rollout/question';
import { expectNoPollution, LIMIT_MS, nastyText, tried } from './cases';

const variables = (more: Partial<QueryVariables> = {}): QueryVariables => ({
  name: 'podinfo',
  namespace: 'test',
  target: 'podinfo',
  service: 'podinfo',
  ingress: 'podinfo',
  route: 'podinfo',
  interval: '1m',
  variables: { x: 'y' },
  ...more,
});

const PROVIDERS: ProviderType[] = ['prometheus', 'influxdb', 'cloudwatch', 'newrelic', 'dynatrace', 'graphite'];

/** Pieces of templates, in any order. */
const template = fc
  .array(
    fc.oneof(
      nastyText,
      fc.constantFrom(
        '{{',
        '}}',
        '{{ target }}',
        '{{ .variables.x }}',
        '{{ range $k, $v := .variables }}',
        '{{ end }}',
        '{{ if eq .target "podinfo" }}',
        '{{ else }}',
        '{{ printf "%1000000s" .target }}',
        '{{ index .variables "__proto__" }}',
        '{{ .variables.constructor }}',
        '{{ . }}',
        `{{ ${'('.repeat(3000)}`,
        '{{/*',
        '*/}}',
        '{{ $x := . }}',
        '{{ len .variables | printf "%v" }}',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

test(
  '2,500 templates: a query, or an error of one sentence',
  () => {
    fc.assert(
      fc.property(template, fc.constantFrom(...PROVIDERS), (source, type) => {
        try {
          expect(typeof renderQuery(source, variables(), type)).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError']).not.toContain((error as Error).name);
          expect((error as Error).message.length).toBeLessThan(6000);
        }
        expectNoPollution();
      }),
      tried(2500),
    );
  },
  LIMIT_MS,
);

/** The kinds of the nodes of a query, in order: what it does, without its strings. */
function shapeOf(query: string): string[] {
  const kinds: string[] = [];
  parser.parse(query).iterate({ enter: (node) => void kinds.push(node.type.isError ? 'ERROR' : node.name) });
  return kinds;
}

test.each(['"', "'", '`'])(
  '1,000 values inside %s…: no value leaves its string',
  (quote) => {
    const source = `sum(rate(requests{pod=~${quote}{{ target }}-{{ variables.x }}${quote}, ns=${quote}{{ namespace }}${quote}}[{{ interval }}])) # {{ name }}`;
    const harmless = shapeOf(renderQuery(source, variables()));
    expect(harmless).not.toContain('ERROR');
    fc.assert(
      fc.property(nastyText, nastyText, nastyText, (target, namespace, x) => {
        let query: string;
        try {
          query = renderQuery(source, variables({ target, namespace, variables: { x } }));
        } catch (error) {
          expect((error as Error).message).toMatch(/cannot stand in/);
          return;
        }
        // The comment ends the query: nothing of a value may follow it on another line.
        expect(shapeOf(query).filter((kind) => kind !== 'ERROR')).toEqual(harmless);
      }),
      tried(334),
    );
  },
  LIMIT_MS,
);

test(
  '500 values in JSON of CloudWatch stay one string',
  () => {
    const source = '[{"Id": "e1", "Label": "{{ variables.x }}", "Expression": "{{ target }}"}]';
    fc.assert(
      fc.property(nastyText, nastyText, (target, x) => {
        let rendered: string;
        try {
          rendered = renderQuery(source, variables({ target, variables: { x } }), 'cloudwatch');
        } catch (error) {
          expect((error as Error).message).toMatch(/cannot stand in/);
          return;
        }
        const query = JSON.parse(rendered) as object[];
        expect(query).toHaveLength(1);
        expect(Object.keys(query[0]!)).toEqual(['Id', 'Label', 'Expression']);
      }),
      tried(500),
    );
  },
  LIMIT_MS,
);
