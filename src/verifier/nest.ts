import { HttpException, Injectable, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { AccessClaims } from './claims.js';
import { challengeOf, VerifierError } from './errors.js';
import type { VerifierOptions } from './options.js';
import { Verifier } from './verifier.js';

/** What passport puts on a strategy when it runs it. */
interface Outcome {
  success(user: unknown): void;
  fail(challenge: string, status: number): void;
  error(error: unknown): void;
}

type Done = (error: unknown, user?: unknown) => void;

/** A strategy as passport wants it. It goes on from a derived object, so its fields cannot be private ones of JavaScript. */
class BearerStrategy {
  readonly name = 'latchkey';

  constructor(
    private readonly verifier: Verifier,
    private readonly verified: (claims: AccessClaims, done: Done) => void,
  ) {}

  authenticate(this: BearerStrategy & Outcome, request: { headers: { authorization?: string } }): void {
    const done: Done = (error, user) => {
      if (error) this.error(error);
      else if (user) this.success(user);
      else this.fail('Bearer error="invalid_token"', 401);
    };
    this.verifier.verifyHeader(request.headers.authorization).then(
      (claims) => this.verified(claims, done),
      (error: unknown) => {
        if (!(error instanceof VerifierError)) return this.error(error);
        const { status, message, code } = error;
        if (status === 401) this.fail(challengeOf(error), status);
        else this.error(new HttpException({ error: message, error_code: code }, status, { cause: error }));
      },
    );
  }
}

/** `@UseGuards(AuthGuard('latchkey'))`; the claims are `request.user`. */
@Injectable()
export class LatchkeyStrategy extends PassportStrategy(BearerStrategy, 'latchkey') implements OnModuleDestroy {
  constructor(private readonly ownVerifier: Verifier) {
    super(ownVerifier);
  }

  validate(claims: AccessClaims): unknown {
    return claims;
  }

  onModuleDestroy(): void {
    this.ownVerifier.close();
  }
}

/** Registers the strategy and provides the `Verifier`, which ends with the application. */
@Module({})
export class LatchkeyAuthModule {
  static forRoot(options: VerifierOptions): DynamicModule {
    return {
      module: LatchkeyAuthModule,
      providers: [{ provide: Verifier, useFactory: () => new Verifier(options) }, LatchkeyStrategy],
      exports: [Verifier, LatchkeyStrategy],
    };
  }
}
