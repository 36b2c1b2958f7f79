import { IsArray, IsIn, IsObject, IsOptional, IsString } from 'class-validator';
import { BULK_ACTIONS, type BulkAction } from '../../accounts/bulk/bulk.service.js';
import { LOCALES, type Locale } from '../../mail/templates/locale.js';

export class CreateUserDto {
  @IsString({ message: 'email invalid' })
  email!: string;

  @IsString({ message: 'password must be between 6 and 128 characters' })
  password!: string;
}

export class InviteUserDto {
  @IsString({ message: 'email invalid' })
  email!: string;

  @IsOptional()
  @IsObject({ message: "'data' must be an object" })
  data?: Record<string, unknown>;

  @IsOptional()
  @IsIn([...LOCALES], { message: `'locale' must be one of: ${LOCALES.join(', ')}` })
  locale?: Locale;
}

export class ResetEmailDto {
  @IsString({ message: 'email invalid' })
  email!: string;
}

export class PasswordDto {
  @IsString({ message: 'password must be between 6 and 128 characters' })
  password!: string;
}

export class VerifyTokenDto {
  @IsString({ message: "'token' is a required string" })
  token!: string;
}

export class BulkDto {
  @IsIn([...BULK_ACTIONS], { message: `'action' must be one of: ${BULK_ACTIONS.join(', ')}` })
  action!: BulkAction;

  @IsArray({ message: "'ids' must be an array of user ids" })
  @IsString({ each: true, message: "'ids' must be an array of user ids" })
  ids!: string[];
}

/** On whom: one of the two. */
export class BulkJobDto {
  @IsIn([...BULK_ACTIONS], { message: `'action' must be one of: ${BULK_ACTIONS.join(', ')}` })
  action!: BulkAction;

  @IsOptional()
  @IsArray({ message: "'ids' must be an array of user ids" })
  @IsString({ each: true, message: "'ids' must be an array of user ids" })
  ids?: string[];

  @IsOptional()
  @IsObject({ message: "'filter' must be an object" })
  filter?: Record<string, unknown>;
}

/** By provider and the id that it gives the person, or by address and password. */
export class AddIdentityDto {
  @IsOptional()
  @IsString({ message: "'provider' must be a string" })
  provider?: string;

  @IsOptional()
  @IsString({ message: "'id' must be a string" })
  id?: string;

  @IsOptional()
  @IsObject({ message: "'data' must be an object" })
  data?: Record<string, unknown>;

  @IsOptional()
  @IsString({ message: 'email invalid' })
  email?: string;

  @IsOptional()
  @IsString({ message: 'password must be between 6 and 128 characters' })
  password?: string;
}
