import { settings, type Setting } from './settings.js';

/** docs/configuration.md, whole. scripts/write-docs.mjs writes it, a test compares it with what is in the repository. */
export function describeSettings(): string {
  return [
    '# Configuration',
    '',
    '<!-- Written by `npm run docs` from src/config/settings.ts. Change it there. -->',
    '',
    'Every setting is an environment variable. All have safe defaults; none is needed to try Latchkey on your machine.',
    'One that is set to nothing counts as not set. Wrong ones are reported all at once, before the server listens, and a',
    'name that begins with `LATCHKEY_` and is not in this list counts as wrong: a misspelt limit must not be no limit.',
    '',
    'The server is in production when the host of `LATCHKEY_PUBLIC_URL` is not loopback. Nothing reads `NODE_ENV`.',
    '',
    ...Object.values(settings).flatMap(describeOne),
  ].join('\n');
}

function describeOne(setting: Setting): string[] {
  const unit = setting.unit ? ` (${setting.unit})` : '';
  return [
    `## \`${setting.name}\``,
    '',
    setting.about,
    '',
    `- Value: ${setting.type.expected}${unit}${setting.type.secret ? '; a secret, never shown' : ''}`,
    `- Default: ${describeDefault(setting)}`,
    '',
  ];
}

function describeDefault(setting: Setting): string {
  if (typeof setting.default === 'object') return setting.default.words;
  return setting.default ? `\`${setting.default}\`` : 'none';
}
