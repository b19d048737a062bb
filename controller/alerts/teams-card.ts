import type { AlertMessage } from './alert-message';

/** Workflows (Power Automate) take Adaptive Cards only; the older connectors take MessageCards (A4). */
export function takesAdaptiveCards(url: URL): boolean {
  const workflows =
    /(^|\.)(logic\.azure\.(com|us|cn)|powerplatform\.(com|us|cn|microsoft\.us)|powerautomate\.(com|us|cn))$/;
  return workflows.test(url.hostname) || url.pathname.includes('/workflows/');
}

const THEME_COLORS = { info: '0076D7', warn: 'FFA500', error: 'FF0000' };

export const messageCard = ({ canary, severity, text, fields }: AlertMessage): object => ({
  '@type': 'MessageCard',
  '@context': 'http://schema.org/extensions',
  themeColor: THEME_COLORS[severity],
  summary: canary,
  sections: [{ activityTitle: text, activitySubtitle: canary, facts: fields }],
});

const TEXT_COLORS = { info: 'Accent', warn: 'Warning', error: 'Attention' };

export function adaptiveCard({ canary, severity, text, fields }: AlertMessage): object {
  const title = { type: 'TextBlock', size: 'Medium', weight: 'Bolder', wrap: true, color: TEXT_COLORS[severity], text };
  const subtitle = { type: 'TextBlock', isSubtle: true, spacing: 'None', wrap: true, text: canary };
  const facts = { type: 'FactSet', facts: fields.map(({ name, value }) => ({ title: name, value })) };
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    // the newest that every Teams client shows
    version: '1.2',
    msteams: { width: 'Full' },
    body: [title, subtitle, ...(fields.length > 0 ? [facts] : [])],
  };
  const card = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { type: 'message', summary: `${canary}: ${text}`, attachments: [card] };
}
