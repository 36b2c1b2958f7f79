import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { DatabaseRateLimitStore } from './database-rate-limit.store.js';
import { LoginFailureLimit, MailLimit, MailRequestLimit, RedirectLoginLimit, UserCreationLimit } from './limits.js';
import { LoginThrottle } from './login-throttle.js';
import { RateLimit, RateLimitSchema } from './rate-limit.model.js';
import { RateLimitStore } from './rate-limit.store.js';

@Global()
@Module({
  imports: [MongooseModule.forFeature([{ name: RateLimit.name, schema: RateLimitSchema }])],
  providers: [
    { provide: RateLimitStore, useClass: DatabaseRateLimitStore },
    LoginThrottle,
    UserCreationLimit,
    LoginFailureLimit,
    MailLimit,
    MailRequestLimit,
    RedirectLoginLimit,
  ],
  exports: [LoginThrottle, UserCreationLimit, LoginFailureLimit, MailLimit, MailRequestLimit, RedirectLoginLimit],
})
export class RateLimitsModule {}
