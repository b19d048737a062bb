import type { AlertMessage, Severity } from './alert-message';

const COLORS: Record<Severity, string> = { info: '#777777', warn: '#E37400', error: '#D93025' };

export function googleChatCard({ canary, severity, text, fields }: AlertMessage): object {
  const sections = [
    headline(severity, text),
    ...fields.map(({ name, value }) => `${escaped(name)}<br>${escaped(value)}`),
  ];
  return {
    cards: [
      {
        header: { title: 'Flagger', subtitle: canary, imageUrl: 'https://flagger.app/favicon.png' },
        sections: sections.map((paragraph) => ({ widgets: [{ textParagraph: { text: paragraph } }] })),
      },
    ],
  };
}

/** The card has no colour of its own, so the text says how bad it is (A5). */
function headline(severity: Severity, text: string): string {
  const label = severity === 'info' ? '' : `${severity.toUpperCase()}: `;
  return `<font color="${COLORS[severity]}"><b>${label}${escaped(text)}</b></font>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
