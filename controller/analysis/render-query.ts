import type { QueryVariables } from '../rollout/question';
import { renderTemplate, type TemplateOutput } from './go-template';

const MAX_QUERY_LENGTH = 256 * 1024;

/**
 * Renders the query template of a Prometheus metric.
 * @throws TemplateError for what spec 4.3 does not allow, a missing variable among it.
 */
export function renderPromql(template: string, variables: QueryVariables): string {
  const query = new PromqlText();
  renderTemplate(template, templateData(variables), query);
  return query.text;
}

/** The variables, and the workload names `primary` and `canary` (M16). */
function templateData(variables: QueryVariables) {
  return { ...variables, primary: `${variables.target}-primary`, canary: variables.target };
}

/**
 * PromQL as it is put together. It knows whether it is inside a string, so that no value can leave one (M13).
 * A value that already is valid content of a string stays as it is: such values were written for unescaped pasting.
 */
class PromqlText implements TemplateOutput {
  text = '';
  private inside: '' | '"' | "'" | '`' | '#' = '';
  private escaped = false;

  literal(text: string): void {
    this.append(text);
  }

  value(text: string): void {
    if (this.inside === '`' && text.includes('`')) throw new Error('a value with "`" cannot stand in a `raw string`');
    if (this.inside === '#' && text.includes('\n'))
      throw new Error('a value of several lines cannot stand in a comment');
    const quoted = this.inside === '"' || this.inside === "'";
    this.append(quoted && !isStringContent(text) ? escapeContent(text) : text);
  }

  private append(text: string): void {
    if (this.text.length + text.length > MAX_QUERY_LENGTH) throw new Error('the rendered query is too long');
    for (const character of text) this.follow(character);
    this.text += text;
  }

  private follow(character: string): void {
    if (this.inside === '') {
      if (character === '"' || character === "'" || character === '`' || character === '#') this.inside = character;
    } else if (this.inside === '#') {
      if (character === '\n') this.inside = '';
    } else if (this.escaped) {
      this.escaped = false;
    } else if (character === '\\' && this.inside !== '`') {
      this.escaped = true;
    } else if (character === this.inside) {
      this.inside = '';
    }
  }
}

/** Complete escapes only, no bare quote of either kind and no line break. */
function isStringContent(text: string): boolean {
  return /^(?:[^"'\\\n]|\\(?:[abfnrtv\\"']|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}))*$/.test(text);
}

function escapeContent(text: string): string {
  return text.replace(/[\\"']/g, '\\$&').replace(/\n/g, '\\n');
}
