import { Body, Get, HttpCode, Patch } from '@nestjs/common';
import { AccountSettingsService } from '../../accounts/account-settings.service.js';
import { App } from '../../apps/app.model.js';
import { AppSettingsService, settingsOf } from '../../apps/app-settings.service.js';
import { AdminApp, AdminController, APP_PATH } from '../auth/admin.decorators.js';
import { AppSettingsDto, CustomUserDataDto } from './app-settings.dto.js';

/** Our `settings` (own-routes.md), and the original's `custom_user_data` (admin-api.md section 8). */
@AdminController(APP_PATH)
export class AppSettingsController {
  constructor(
    private readonly settings: AppSettingsService,
    private readonly accounts: AccountSettingsService,
  ) {}

  @Get('settings')
  async get(@AdminApp() app: App): Promise<Record<string, unknown>> {
    const settings = settingsOf(app);
    const accounts = await this.accounts.get(app);
    return {
      access_token_seconds: settings.accessTokenSeconds,
      access_token_jitter_percent: settings.accessTokenJitterPercent,
      refresh_token_seconds: settings.refreshTokenSeconds,
      refresh_mode: settings.refreshMode,
      session_idle_seconds: settings.sessionIdleSeconds,
      session_absolute_seconds: settings.sessionAbsoluteSeconds,
      moved_session: settings.movedSession,
      revocation: settings.revocation,
      signing_algorithm: settings.signingAlgorithm,
      signing_key_days: settings.signingKeyDays,
      link_by_verified_email: settings.linkByVerifiedEmail,
      mail_sender: settings.mailSender,
      mail_locale: settings.mailLocale,
      mail_texts: settings.mailTexts,
      password_min_length: accounts.passwordMinLength,
      refuse_common_passwords: accounts.refuseCommonPasswords,
      refuse_breached_passwords: accounts.refuseBreachedPasswords,
      privacy_mode: accounts.privacyMode,
      anonymous_expiry_days: accounts.anonymousExpiryDays,
    };
  }

  @Patch('settings')
  @HttpCode(204)
  async change(@AdminApp() app: App, @Body() body: AppSettingsDto): Promise<void> {
    const accounts = {
      passwordMinLength: body.password_min_length,
      refuseCommonPasswords: body.refuse_common_passwords,
      refuseBreachedPasswords: body.refuse_breached_passwords,
      privacyMode: body.privacy_mode,
      anonymousExpiryDays: body.anonymous_expiry_days,
    };
    // Before anything is written: a part that is not right leaves the whole as it was.
    await this.accounts.check(app, accounts);
    await this.settings.change(app, {
      accessTokenSeconds: body.access_token_seconds,
      accessTokenJitterPercent: body.access_token_jitter_percent,
      refreshTokenSeconds: body.refresh_token_seconds,
      refreshMode: body.refresh_mode,
      sessionIdleSeconds: body.session_idle_seconds,
      sessionAbsoluteSeconds: body.session_absolute_seconds,
      movedSession: body.moved_session,
      revocation: body.revocation,
      signingAlgorithm: body.signing_algorithm,
      signingKeyDays: body.signing_key_days,
      linkByVerifiedEmail: body.link_by_verified_email,
      mailSender: body.mail_sender,
      mailLocale: body.mail_locale,
      mailTexts: body.mail_texts,
    });
    await this.accounts.change(app, accounts);
  }

  @Get('custom_user_data')
  customUserData(@AdminApp() { customUserData: settings }: App): Record<string, unknown> {
    return {
      mongo_service_id: settings.mongoServiceId,
      database_name: settings.databaseName,
      collection_name: settings.collectionName,
      user_id_field: settings.userIdField,
      on_user_creation_function_id: settings.onUserCreationFunctionId,
      enabled: settings.enabled,
    };
  }

  @Patch('custom_user_data')
  @HttpCode(204)
  async setCustomUserData(@AdminApp() app: App, @Body() body: CustomUserDataDto): Promise<void> {
    const change = {
      mongoServiceId: body.mongo_service_id,
      databaseName: body.database_name,
      collectionName: body.collection_name,
      userIdField: body.user_id_field,
      onUserCreationFunctionId: body.on_user_creation_function_id,
      enabled: body.enabled,
    };
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    await this.settings.setCustomUserData(app, Object.fromEntries(given));
  }
}
