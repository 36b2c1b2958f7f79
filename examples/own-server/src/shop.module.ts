import { Module } from '@nestjs/common';
import { FunctionRegistry, HookRegistry, MailerRegistry, ProviderRegistry } from 'latchkey';
import { BadgeProvider } from './badge.provider.js';
import { FileMailer } from './file.mailer.js';
import { MemberLogin } from './member-login.function.js';
import { StaffOnlyHook } from './staff-only.hook.js';

/** What this server does beyond Latchkey. Everything is registered here, in the constructor: nothing is found by its name. */
@Module({ providers: [BadgeProvider, FileMailer, MemberLogin, StaffOnlyHook] })
export class ShopModule {
  constructor(
    providers: ProviderRegistry,
    badge: BadgeProvider,
    functions: FunctionRegistry,
    memberLogin: MemberLogin,
    hooks: HookRegistry,
    staffOnly: StaffOnlyHook,
    mailers: MailerRegistry,
    mailer: FileMailer,
  ) {
    providers.register(badge);
    functions.register(memberLogin);
    hooks.register(staffOnly);
    mailers.register(mailer);
  }
}
