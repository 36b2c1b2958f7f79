import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { answerTo } from '../../src/errors/error-body.js';
import { STATUS } from '../../src/errors/error-codes.js';
import { BadRequest, TooManyRequests } from '../../src/errors/errors.js';

describe('error answers', () => {
  it('carry the text and code of an error of ours', () => {
    expect(answerTo(new BadRequest('email invalid'))).toEqual({
      status: 400,
      headers: {},
      body: { error: 'email invalid', error_code: 'BadRequest' },
    });
  });

  it('say when to try again', () => {
    const { status, headers } = answerTo(new TooManyRequests('too many failed logins', 30));
    expect(status).toBe(429);
    expect(headers).toEqual({ 'retry-after': '30' });
  });

  it('turn a database that does not answer into 503, and tell nothing of it', () => {
    for (const error of [
      new MongoNetworkError('connect ENOENT /secret/path'),
      new MongoServerError({ message: 'x' }),
    ]) {
      const { status, body, headers } = answerTo(error);
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('1');
      expect(JSON.stringify(body)).not.toContain('secret');
    }
  });

  it('tell nothing of what was not expected', () => {
    const answer = answerTo(new TypeError("Cannot read properties of undefined (reading 'password')"));
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({ error: 'internal server error', error_code: 'InternalServerError' });
  });

  it('give errors of the HTTP layer our shape', () => {
    expect(answerTo({ statusCode: 413 }).body.error_code).toBe('BodyTooLarge');
    expect(answerTo({ statusCode: 415 }).body.error_code).toBe('UnsupportedMediaType');
    expect(answerTo({ getStatus: () => 404 }).body.error_code).toBe('NotFound');
    expect(answerTo({ statusCode: 418 }).status).toBe(400);
  });

  it('have codes and statuses that docs/errors.md lists, all of them and no other', () => {
    const rows = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(\w+)`\s*\|\s*(\d{3})\s*\|/gm);
    const documented = Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]));
    expect(documented).toEqual(STATUS);
  });
});
