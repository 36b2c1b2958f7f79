import { describe, expect, it } from '@jest/globals';
import passport from 'passport';
import { runStrategy } from '../../src/providers/run-strategy.js';

/** Answers with what the request holds, after as long as it says: the way a strategy that asks somebody else does. */
class SlowStrategy extends passport.Strategy {
  override authenticate(request: unknown): void {
    const { user, ms } = request as { user: string; ms: number };
    setTimeout(() => this.success({ user }), ms);
  }
}

class ThrowingStrategy extends passport.Strategy {
  override authenticate(): void {
    throw new Error('broken');
  }
}

class RefusingStrategy extends passport.Strategy {
  override authenticate(request: unknown): void {
    const { url } = request as { url?: string };
    if (url) this.redirect(url);
    else this.fail('no credentials');
  }
}

describe('runStrategy', () => {
  it('keeps two runs of one strategy apart', async () => {
    const strategy = new SlowStrategy();
    const runs = Array.from({ length: 20 }, (_, i) => runStrategy(strategy, { user: `u${i}`, ms: (i * 7) % 11 }));
    const users = (await Promise.all(runs)).map((outcome) => (outcome as { user: { user: string } }).user.user);
    expect(users).toEqual(Array.from({ length: 20 }, (_, i) => `u${i}`));
    expect(Object.keys(strategy)).not.toContain('success');
  });

  it('gives refusals and redirects as values, and errors as errors', async () => {
    await expect(runStrategy(new RefusingStrategy(), {})).resolves.toEqual({
      kind: 'fail',
      challenge: 'no credentials',
    });
    await expect(runStrategy(new RefusingStrategy(), { url: 'https://a.example' })).resolves.toEqual({
      kind: 'redirect',
      url: 'https://a.example',
    });
    await expect(runStrategy(new ThrowingStrategy(), {})).rejects.toThrow('broken');
  });
});
