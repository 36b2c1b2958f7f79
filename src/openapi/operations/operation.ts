import type { z } from 'zod';

/** What of a route its code does not say. */
export interface OperationText {
  summary: string;
  /** Query parameters, each with its meaning. */
  query?: Record<string, string>;
  /** The body, where no class describes it. */
  body?: z.ZodType;
  /** What comes back when all is well; nothing where it is absent and the status is 204. */
  answer?: z.ZodType;
  /** Where the handler chooses a status of its own. */
  statuses?: number[];
}

/** By method and path: `GET /health/live`. */
export type OperationTexts = Record<string, OperationText>;

/** The same path in front of many. */
export function under(prefix: string, texts: OperationTexts): OperationTexts {
  return Object.fromEntries(
    Object.entries(texts).map(([route, text]) => {
      const [method = '', path = ''] = route.split(' ');
      return [`${method} ${prefix}${path}`, text];
    }),
  );
}

export const PAGE_QUERY = { after: 'begin behind this id', limit: 'at most so many, 50 at most' };
