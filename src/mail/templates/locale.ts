export const LOCALES = ['en', 'de', 'fr', 'es'] as const;

export type Locale = (typeof LOCALES)[number];

const LONGEST_HEADER = 200;

/** What a person reads, of what we write: the first of `Accept-Language` that we have, by weight (RFC 9110 §12.5.4). */
export function localeOf(acceptLanguage: string | undefined, otherwise: Locale = 'en'): Locale {
  const wanted = (acceptLanguage ?? '')
    .slice(0, LONGEST_HEADER)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
      return { language: tag.trim().split('-')[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { language } of wanted) {
    const known = LOCALES.find((locale) => locale === language);
    if (known) return known;
  }
  return otherwise;
}
