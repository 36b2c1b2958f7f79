import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Config } from '../../config/config.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { Outbound, type OutboundAnswer } from '../../outbound/outbound.js';

const userSchema = z.looseObject({
  /** Stays when an account is renamed; the name `login` may then be somebody else's. */
  id: z.int().positive(),
  login: z.string().nullish(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});

const emailsSchema = z.array(z.looseObject({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

export type GithubUser = z.infer<typeof userSchema>;

/** Addresses that GitHub has verified. The one of the profile page may be anything. */
export interface GithubEmails {
  primary: string | undefined;
  all: string[];
}

/** Of a list; without a word it is 30. */
const MOST_ON_A_PAGE = 100;

/** It turns away who does not say who asks. */
const HEADERS = {
  accept: 'application/vnd.github+json',
  'user-agent': 'Latchkey',
  'x-github-api-version': '2022-11-28',
};

/** https://docs.github.com/en/rest/users */
@Injectable()
export class GithubApi {
  constructor(
    private readonly outbound: Outbound,
    private readonly config: Config,
  ) {}

  /** @throws OutboundFailed */
  async userOf(accessToken: string): Promise<GithubUser> {
    const { status, body } = await this.#get('/user', accessToken);
    return parsed(userSchema, status, body, 'the profile');
  }

  /** None where the token is not good for them: whoever asked for it did not ask for addresses. @throws OutboundFailed */
  async emailsOf(accessToken: string): Promise<GithubEmails> {
    const { status, body } = await this.#get(`/user/emails?per_page=${MOST_ON_A_PAGE}`, accessToken);
    if (status === 403 || status === 404) return { primary: undefined, all: [] };
    const verified = parsed(emailsSchema, status, body, 'the list of addresses').filter(({ verified: is }) => is);
    return { primary: verified.find(({ primary }) => primary)?.email, all: verified.map(({ email }) => email) };
  }

  #get(path: string, accessToken: string): Promise<OutboundAnswer> {
    const headers = { ...HEADERS, authorization: `Bearer ${accessToken}` };
    return this.outbound.request(`${this.config.githubApiUrl}${path}`, { headers });
  }
}

function parsed<T>(schema: z.ZodType<T>, status: number, body: Buffer, what: string): T {
  if (status !== 200) throw new OutboundFailed(`${what} was answered with status ${status}`);
  const read = schema.safeParse(jsonIn(body));
  if (!read.success) throw new OutboundFailed(`${what} is not as it should be`);
  return read.data;
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
