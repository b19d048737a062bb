import fc from 'fast-check';
import { parseArguments, parseCommandLine } from '../../loadtester/words';

const words = (line: string) => parseCommandLine(line).map(({ commands }) => commands);

test.each<[string, string[][][]]>([
  ['hey -z 1m http://a/', [[['hey', '-z', '1m', 'http://a/']]]],
  [
    "curl -sd 'test' http://a:9898/token | grep token",
    [
      [
        ['curl', '-sd', 'test', 'http://a:9898/token'],
        ['grep', 'token'],
      ],
    ],
  ],
  [`echo "a b" 'c "d"' e\\ f "g\\"h" 'it'\\''s' ""`, [[['echo', 'a b', 'c "d"', 'e f', 'g"h', "it's", '']]]],
  ['curl http://a/?x=1 "http://a/?x=1&y=2"', [[['curl', 'http://a/?x=1', 'http://a/?x=1&y=2']]]],
  ["echo '$HOME `x` $(y)'", [[['echo', '$HOME `x` $(y)']]]],
  ['echo "a\\$b"', [[['echo', 'a$b']]]],
  ['grep "a$" b$', [[['grep', 'a$', 'b$']]]],
  ['echo a \\\n  b', [[['echo', 'a', 'b']]]],
  ['\n\necho a\n\necho b;\n', [[['echo', 'a']], [['echo', 'b']]]],
  ['echo a # comment | x\necho b', [[['echo', 'a']], [['echo', 'b']]]],
  ['echo http://a/#b', [[['echo', 'http://a/#b']]]],
  ['', []],
])('%j', (line, expected) => {
  expect(words(line)).toEqual(expected);
});

test('chains say when the next pipeline runs', () => {
  expect(parseCommandLine('a && b || c; d').map(({ when }) => when)).toEqual([
    'always',
    'success',
    'failure',
    'always',
  ]);
});

test.each([
  ["echo 'a", 'column 6: a quote is not closed'],
  ['echo "a', 'column 6: a quote is not closed'],
  ['echo a"b', 'column 7: a quote is not closed'],
  ['echo $HOME', 'column 6: variables are not supported'],
  ['echo "$HOME"', 'column 6: a quote is not closed, or it has a $variable'],
  ['echo `id`', 'column 6: command substitution is not supported'],
  ['echo $(id)', 'column 6: variables are not supported'],
  ['echo a > /etc/passwd', 'column 8: redirection is not supported'],
  ['grep x < /etc/passwd', 'redirection is not supported'],
  ['(echo a)', 'column 1: subshells are not supported'],
  ['hey http://a/?x=1&y=2', 'column 18: background jobs are not supported, put quotes around a URL'],
  ['echo a &', 'background jobs are not supported'],
  ['echo a | ', 'a command is empty'],
  ['| grep a', 'a command is empty'],
  ['echo a && && echo b', 'a command is empty'],
  ['echo a &&', 'a command is empty'],
])('%s is refused', (line, message) => {
  expect(() => parseCommandLine(line)).toThrow(message);
  expect(() => parseCommandLine(line)).toThrow('no shell is run');
});

test('a word in single quotes comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const line = ['echo', ...texts.map((text) => `'${text.replaceAll("'", `'\\''`)}'`)].join(' ');
      expect(words(line)).toEqual([[['echo', ...texts]]]);
    }),
  );
});

test('any line is read or refused, and soon', () => {
  const characters = fc.constantFrom('a', "'", '"', '\\', ' ', '\n', '|', '&', ';', '#', '$', '(', '>');
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 200 }), (line) => {
      try {
        parseCommandLine(line);
      } catch (error) {
        expect((error as Error).name).toBe('CommandRefused');
      }
    }),
  );
});

describe('L8: arguments of a program', () => {
  test.each<[string, string[]]>([
    ['test podinfo --cleanup', ['test', 'podinfo', '--cleanup']],
    [`get 'a b' "c 'd'" e\\ f ''`, ['get', 'a b', "c 'd'", 'e f', '']],
    [
      '-o=jsonpath={.items[0]} $HOME `id` a|b && c;d >e (f)',
      '-o=jsonpath={.items[0]} $HOME `id` a|b && c;d >e (f)'.split(' '),
    ],
    ['  a\t\nb  ', ['a', 'b']],
  ])('%s', (line, expected) => {
    expect(parseArguments(line)).toEqual(expected);
  });

  test.each(["a 'b", 'a "b', 'a\\'])('%s has an open quote', (line) => {
    expect(() => parseArguments(line)).toThrow('a quote is not closed');
  });

  test('whatever is quoted comes back as it was', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (args) => {
        expect(parseArguments(args.map(quoted).join(' '))).toEqual(args);
      }),
    );
  });
});
