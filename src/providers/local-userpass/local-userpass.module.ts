import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { IdentitiesModule } from '../../identities/identities.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { UsersModule } from '../../users/users.module.js';
import { ProviderRegistry } from '../provider.registry.js';
import { ConfirmationFunctionsService } from './confirmation-functions.service.js';
import { ConfirmationsService } from './confirmations.service.js';
import { EmailUsersService } from './email-users.service.js';
import { LocalUserpassController } from './local-userpass.controller.js';
import { LocalUserpassProvider } from './local-userpass.provider.js';
import { MailPreviewsService } from './mail-previews.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordPolicyService } from './password-policy.service.js';
import { PasswordReset, PasswordResetSchema } from './password-reset.model.js';
import { PasswordResetsService } from './password-resets.service.js';
import { PasswordController } from './password.controller.js';
import { Passwords } from './passwords.js';
import { Registration, RegistrationSchema } from './registration.model.js';
import { RegistrationsService } from './registrations.service.js';
import { ResetTokensService } from './reset-tokens.service.js';
import { SealedPasswords } from './sealed-passwords.js';
import { ConfirmPage } from './pages/confirm.page.js';
import { InvitePage } from './pages/invite.page.js';
import { ResetPage } from './pages/reset.page.js';
import { SignUpsService } from './sign-ups.service.js';
import { UserInvitation, UserInvitationSchema } from './user-invitation.model.js';
import { UserInvitationsService } from './user-invitations.service.js';
import { UserpassFunctions } from './userpass-functions.js';
import { UserpassMails } from './userpass-mails.service.js';
import { UserpassTrials } from './userpass-trials.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([
      { name: Registration.name, schema: RegistrationSchema },
      { name: PasswordReset.name, schema: PasswordResetSchema },
      { name: UserInvitation.name, schema: UserInvitationSchema },
    ]),
    IdentitiesModule,
    SessionsModule,
    UsersModule,
  ],
  controllers: [LocalUserpassController, PasswordController, ConfirmPage, ResetPage, InvitePage],
  providers: [
    SealedPasswords,
    PasswordPolicyService,
    Passwords,
    RegistrationsService,
    ConfirmationsService,
    EmailUsersService,
    UserpassMails,
    MailPreviewsService,
    UserpassFunctions,
    ConfirmationFunctionsService,
    ResetTokensService,
    PasswordResetsService,
    PasswordChangeService,
    SignUpsService,
    UserInvitationsService,
    UserpassTrials,
    LocalUserpassProvider,
  ],
  exports: [
    SealedPasswords,
    Passwords,
    RegistrationsService,
    ConfirmationsService,
    ConfirmationFunctionsService,
    ResetTokensService,
    PasswordResetsService,
    UserInvitationsService,
    MailPreviewsService,
    EmailUsersService,
  ],
})
export class LocalUserpassModule {
  constructor(registry: ProviderRegistry, provider: LocalUserpassProvider) {
    registry.register(provider);
  }
}
