import fc from 'fast-check';
import { renderTemplate } from '../../../controller/analysis/go-template';

const data = {
  target: 'podinfo',
  namespace: 'test',
  interval: '1m',
  variables: { reporter: 'source', 'a-b': 'dashed', code: '5..', zero: '' },
};

function render(template: string): string {
  let text = '';
  const add = (piece: string) => {
    text += piece;
  };
  renderTemplate(template, data, { literal: add, value: add });
  return text;
}

test.each([
  ['plain', 'up', 'up'],
  ['identifier', '{{ target }}', 'podinfo'],
  ['without spaces', '{{target}}-primary', 'podinfo-primary'],
  ['field of the map', '{{ variables.reporter }}', 'source'],
  ['through the dot', '{{ .target }}/{{ .variables.reporter }}', 'podinfo/source'],
  ['through the root', '{{ $.target }}', 'podinfo'],
  ['index', '{{ index variables "a-b" }}', 'dashed'],
  ['index with a raw string', '{{ index variables `a-b` }}', 'dashed'],
  ['parentheses', '{{ (index variables "a-b") }}', 'dashed'],
  ['trim left', 'a \n {{- target }} b', 'apodinfo b'],
  ['trim right', 'a {{ target -}} \n b', 'a podinfob'],
  ['trim both with many spaces', 'a  {{-   target   -}}  b', 'apodinfob'],
  ['comment', 'a{{/* a }} b */}}c', 'ac'],
  ['comment that trims', 'a {{- /* x */ -}} c', 'ac'],
  ['string literal', '{{ "x\\n\\"y\\"\\u0041" }}', 'x\n"y"A'],
  ['braces in a string', '{{ "}}" }}', '}}'],
  ['printf', '{{ printf "%s-%d-%5.1f-%q-%v-%%" target 3 1.25 "q" true }}', 'podinfo-3-  1.3-"q"-true-%'],
  ['printf pads', '[{{ printf "%-9s" target }}]', '[podinfo  ]'],
  ['print', '{{ print target "x" 1 }}', 'podinfox1'],
  ['len', '{{ len target }}{{ len variables }}', '74'],
  ['pipeline', '{{ target | printf "%s-%s" namespace }}', 'test-podinfo'],
  ['if', '{{ if eq target "podinfo" }}yes{{ end }}', 'yes'],
  ['else', '{{ if eq target "other" }}yes{{ else }}no{{ end }}', 'no'],
  ['else if', '{{ if eq target "a" }}1{{ else if eq target "podinfo" }}2{{ else }}3{{ end }}', '2'],
  ['empty text is false', '{{ if variables.zero }}1{{ else }}0{{ end }}', '0'],
  ['eq with several', '{{ eq target "a" "podinfo" }}', 'true'],
  ['ne', '{{ ne target "a" }}', 'true'],
  ['order', '{{ lt 1 2 }}{{ le 2 2 }}{{ gt 1 2 }}{{ ge "b" "a" }}', 'truetruefalsetrue'],
  ['not', '{{ not variables.zero }}', 'true'],
  ['and gives the first empty', '{{ and target variables.zero namespace }}.', '.'],
  ['or gives the first full', '{{ or variables.zero target }}', 'podinfo'],
  ['or does not evaluate the rest', '{{ or target variables.missing }}', 'podinfo'],
  ['range', '{{ range variables }}<{{ . }}>{{ end }}', '<dashed><5..><source><>'],
  [
    'range with key and value',
    '{{ range $k, $v := variables }}{{ $k }}={{ $v }};{{ end }}',
    'a-b=dashed;code=5..;reporter=source;zero=;',
  ],
  ['variable', '{{ $x := printf "%s!" target }}{{ $x }}', 'podinfo!'],
  ['assignment reaches out of a block', '{{ $x := "a" }}{{ if target }}{{ $x = "b" }}{{ end }}{{ $x }}', 'b'],
  ['with', '{{ with variables.reporter }}{{ . }}{{ end }}{{ with variables.zero }}x{{ else }}y{{ end }}', 'sourcey'],
])('%s', (_what, template, expected) => {
  expect(render(template)).toBe(expected);
});

test.each([
  ['{{ nothing }}', 'line 1, column 4: function "nothing" not defined'],
  [
    'a\n  {{ variables.missing }}',
    'line 2, column 15: map has no entry for key "missing" (it has a-b, code, reporter, zero)',
  ],
  ['{{ index variables "missing" }}', 'line 1, column 4: map has no entry for key "missing"'],
  ['{{ .nope }}', 'line 1, column 4: map has no entry for key "nope"'],
  ['{{ target.x }}', "line 1, column 10: can't take field x of a string"],
  ['{{ target "x" }}', 'line 1, column 4: wrong number of args for target: want 0 got 1'],
  ['{{ target', 'line 1, column 1: unclosed action, "}}" is missing'],
  ['{{ "x }}', 'line 1, column 4: unterminated string'],
  ['{{ "\\z" }}', 'line 1, column 4: unknown escape "\\z" in a string'],
  ['{{/* x }}', 'line 1, column 1: unclosed comment'],
  ['{{ }}', 'line 1, column 1: missing value for command'],
  ['{{ if target }}x', 'line 1, column 1: {{if}} has no {{end}}'],
  ['{{ end }}', 'line 1, column 4: unexpected {{end}}'],
  ['{{ if target }}{{ else }}{{ else }}{{ end }}', 'line 1, column 29: a second {{else}}'],
  ['{{ template "x" }}', 'line 1, column 4: {{template}} is not supported in query templates'],
  ['{{ define "x" }}{{ end }}', 'line 1, column 4: {{define}} is not supported'],
  ['{{ html target }}', 'line 1, column 4: function "html" is not supported here'],
  ['{{ $x }}', 'line 1, column 4: undefined variable "$x"'],
  ['{{ eq target 1 }}', 'line 1, column 4: incompatible types for comparison: a string and a number'],
  ['{{ printf "%d" target }}', 'line 1, column 4: printf: %d needs a whole number, not a string'],
  ['{{ printf "%s %s" target }}', 'line 1, column 4: printf: no argument for %s'],
  ['{{ printf "%x" target }}', 'line 1, column 4: printf: %x is not supported'],
  ['{{ range target }}{{ end }}', "line 1, column 1: range can't iterate over podinfo"],
  ['{{ (target }}', 'line 1, column 4: unclosed "("'],
  ['{{ target ! }}', 'line 1, column 11: unexpected "!"'],
  ['{{ "x" target }}', 'line 1, column 8: only a function can have arguments'],
  ['{{ target | "x" }}', 'line 1, column 13: only a function can stand after "|"'],
  ['{{ nil }}', 'line 1, column 1: the value is nil'],
])('%s is refused', (template, error) => {
  expect(() => render(template)).toThrow(error);
});

test('nested ranges come to an end', () => {
  const deep = `${'{{ range variables }}'.repeat(12)}x${'{{ end }}'.repeat(12)}`;
  expect(() => render(deep)).toThrow('does not come to an end');
});

test('any text renders or is refused with a position', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    ' -}}',
    '{{- ',
    'if ',
    'end',
    'target',
    '"',
    '`',
    '.',
    '$x',
    ':=',
    '|',
    '(',
    ')',
    ' ',
    '/*',
    '*/',
    'range ',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (words) => {
      try {
        render(words.join(''));
      } catch (error) {
        expect((error as Error).message).toMatch(/^line \d+, column \d+: ./);
      }
    }),
  );
});
