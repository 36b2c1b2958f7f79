import { expect } from '@jest/globals';
import type { Answer } from './client.js';

/** Exact, because most SDKs compare the whole header (client-api.md section 1). */
export const JSON_TYPE = 'application/json';

export function expectJson(answer: Answer, status: number): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), text: answer.text }).toEqual({
    status,
    type: JSON_TYPE,
    text: expect.stringMatching(/^[[{]/),
  });
  expect(answer.body).not.toHaveProperty('error');
  expect(answer.body).not.toHaveProperty('error_code');
}

/** No body, and so no content type: realm-web would try to parse it. */
export function expectEmpty(answer: Answer, status = 204): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), text: answer.text }).toEqual({
    status,
    type: null,
    text: '',
  });
}

/** What an error must be. A code of null: none may be sent; a list: any of them; undefined: the reference names none. */
export interface Refusal {
  status: number;
  code?: string | null | (string | null)[];
  error?: string | RegExp;
}

/** The error body of client-api.md section 1: strings only, exact content type, nothing that a framework adds. */
export function expectError(answer: Answer, { status, code, error }: Refusal): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), text: answer.text }).toEqual({
    status,
    type: JSON_TYPE,
    text: expect.any(String),
  });
  expectErrorShape(answer);
  if (code !== undefined) expect([code].flat()).toContain(answer.body.error_code ?? null);
  if (error instanceof RegExp) expect(answer.body.error).toMatch(error);
  else if (error !== undefined) expect(answer.body.error).toBe(error);
}

/** A clear 4xx, whichever; for input that the reference gives no status of its own. */
export function expectClientError(answer: Answer): void {
  const { status, text } = answer;
  expect({ status, text }).toEqual({ status: expect.any(Number), text: expect.stringMatching(/^\{/) });
  expect({ text, clientError: status >= 400 && status < 500 }).toEqual({ text, clientError: true });
  expect(answer.headers.get('content-type')).toBe(JSON_TYPE);
  expectErrorShape(answer);
}

function expectErrorShape({ body }: Answer): void {
  expect(body.error).toEqual(expect.stringMatching(/\S/));
  if ('error_code' in body) expect(body.error_code).toEqual(expect.stringMatching(/\S/));
  for (const foreign of ['statusCode', 'message', 'code', 'stack']) expect(body).not.toHaveProperty(foreign);
}

export const INVALID_SESSION = { status: 401, code: 'InvalidSession' } as const;
export const REFRESH_TOKEN_NOT_FOUND = {
  ...INVALID_SESSION,
  error: 'invalid session: failed to find refresh token',
} as const;
export const WRONG_PASSWORD = { status: 401, code: 'InvalidPassword', error: 'unauthorized' } as const;
export const NO_TOKEN = {
  status: 401,
  code: [null, 'MissingAuthReq'],
  error: /^(expected Authorization header with JWT \(Bearer schema\)|must authenticate first)$/,
} satisfies Refusal;
