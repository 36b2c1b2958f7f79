import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString } from 'class-validator';
import { LOCALES, type Locale } from '../../mail/templates/locale.js';

/** The ranges are the service's. */
export class AppSettingsDto {
  @IsOptional()
  @IsInt({ message: "'access_token_seconds' must be a whole number" })
  access_token_seconds?: number;

  @IsOptional()
  @IsInt({ message: "'refresh_token_seconds' must be a whole number" })
  refresh_token_seconds?: number;

  @IsOptional()
  @IsInt({ message: "'access_token_jitter_percent' must be a whole number" })
  access_token_jitter_percent?: number;

  @IsOptional()
  @IsIn(['stable', 'rotating'], { message: "'refresh_mode' must be stable or rotating" })
  refresh_mode?: 'stable' | 'rotating';

  @IsOptional()
  @IsInt({ message: "'session_idle_seconds' must be a whole number" })
  session_idle_seconds?: number;

  @IsOptional()
  @IsInt({ message: "'session_absolute_seconds' must be a whole number" })
  session_absolute_seconds?: number;

  @IsOptional()
  @IsIn(['audit', 'end'], { message: "'moved_session' must be audit or end" })
  moved_session?: 'audit' | 'end';

  @IsOptional()
  @IsIn(['strict', 'lax'], { message: "'revocation' must be strict or lax" })
  revocation?: 'strict' | 'lax';

  @IsOptional()
  @IsIn(['ES256', 'RS256'], { message: "'signing_algorithm' must be ES256 or RS256" })
  signing_algorithm?: 'ES256' | 'RS256';

  @IsOptional()
  @IsInt({ message: "'signing_key_days' must be a whole number" })
  signing_key_days?: number;

  @IsOptional()
  @IsBoolean({ message: "'link_by_verified_email' must be a boolean" })
  link_by_verified_email?: boolean;

  @IsOptional()
  @IsString({ message: "'mail_sender' must be a string" })
  mail_sender?: string;

  @IsOptional()
  @IsIn([...LOCALES], { message: `'mail_locale' must be one of: ${LOCALES.join(', ')}` })
  mail_locale?: Locale;

  @IsOptional()
  @IsObject({ message: "'mail_texts' must be an object" })
  mail_texts?: Record<string, unknown>;

  @IsOptional()
  @IsInt({ message: "'password_min_length' must be a whole number" })
  password_min_length?: number;

  @IsOptional()
  @IsBoolean({ message: "'refuse_common_passwords' must be a boolean" })
  refuse_common_passwords?: boolean;

  @IsOptional()
  @IsBoolean({ message: "'refuse_breached_passwords' must be a boolean" })
  refuse_breached_passwords?: boolean;

  @IsOptional()
  @IsBoolean({ message: "'privacy_mode' must be a boolean" })
  privacy_mode?: boolean;

  @IsOptional()
  @IsInt({ message: "'anonymous_expiry_days' must be a whole number" })
  anonymous_expiry_days?: number;
}

export class CustomUserDataDto {
  @IsOptional()
  @IsString({ message: "'mongo_service_id' must be a string" })
  mongo_service_id?: string;

  @IsOptional()
  @IsString({ message: "'database_name' must be a string" })
  database_name?: string;

  @IsOptional()
  @IsString({ message: "'collection_name' must be a string" })
  collection_name?: string;

  @IsOptional()
  @IsString({ message: "'user_id_field' must be a string" })
  user_id_field?: string;

  @IsOptional()
  @IsString({ message: "'on_user_creation_function_id' must be a string" })
  on_user_creation_function_id?: string;

  @IsOptional()
  @IsBoolean({ message: "'enabled' must be a boolean" })
  enabled?: boolean;
}
