import type { QueryVariables } from '../rollout/question';
import { renderTemplate, type TemplateOutput } from './go-template';
import type { ProviderType } from './metric-provider';
import { type Quoting, quotingOf } from './query-language';

const MAX_QUERY_LENGTH = 256 * 1024;

/** Each server reads them in its own way: control characters but tab and line breaks, and halves of characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;

/**
 * Renders the query template of a metric.
 * @param type whose language the query is written in
 * @throws TemplateError for what spec 4.3 does not allow, a missing variable among it.
 */
export function renderQuery(template: string, variables: QueryVariables, type: ProviderType = 'prometheus'): string {
  if (template.length > MAX_QUERY_LENGTH) throw new Error('the query template is too long');
  const query = new QueryText(quotingOf(type));
  renderTemplate(template, templateData(variables), query);
  return query.text;
}

/** The variables, and the workload names `primary` and `canary` (M16). */
function templateData(variables: QueryVariables) {
  return { ...variables, primary: `${variables.target}-primary`, canary: variables.target };
}

/**
 * A query as it is put together. It knows whether it is inside a string, so that no value can leave one (M13).
 * A value that already is valid content of a string stays as it is: such values were written for unescaped pasting.
 */
class QueryText implements TemplateOutput {
  text = '';
  /** The quote that ends the string, or `comment`. */
  private inside = '';
  private escaped = false;
  private last = '';

  constructor(private readonly quoting: Quoting) {}

  literal(text: string): void {
    this.append(text);
  }

  value(text: string): void {
    const { quotes, raw, escaped, isContent } = this.quoting;
    const quote = this.inside;
    if (UNSPEAKABLE.test(text)) throw new Error('a value with control characters cannot stand in a query');
    if (quote === 'comment' && text.includes('\n')) {
      throw new Error('a value of several lines cannot stand in a comment');
    }
    if (quote !== '' && raw.includes(quote) && text.includes(quote)) {
      throw new Error(`a value with "${quote}" cannot stand in a \`raw string\``);
    }
    const quoted = quote !== '' && quotes.includes(quote);
    this.append(quoted && !isContent(text) ? escaped(text) : text);
  }

  private append(text: string): void {
    if (this.text.length + text.length > MAX_QUERY_LENGTH) throw new Error('the rendered query is too long');
    for (const character of text) this.follow(character);
    this.text += text;
  }

  private follow(character: string): void {
    const { quotes, raw, comment, escapeBy } = this.quoting;
    const before = this.last;
    this.last = character;
    if (this.inside === '') {
      if (quotes.includes(character) || raw.includes(character)) this.inside = character;
      else if (comment !== '' && (before + character).endsWith(comment)) this.inside = 'comment';
    } else if (this.inside === 'comment') {
      if (character === '\n') this.inside = '';
    } else if (this.escaped) {
      this.escaped = false;
    } else if (character === escapeBy && !raw.includes(this.inside)) {
      this.escaped = true;
    } else if (character === this.inside) {
      this.inside = '';
    }
  }
}
