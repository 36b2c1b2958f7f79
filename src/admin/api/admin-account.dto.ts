import { IsOptional, IsString, Length } from 'class-validator';

export class ChangePasswordDto {
  @IsString({ message: "'old_password' must be a string" })
  old_password!: string;

  @IsString({ message: "'password' must be a string" })
  password!: string;
}

export class TotpDto {
  /** Of the authenticator app, or a recovery code. */
  @IsOptional()
  @IsString({ message: "'totp' must be a string" })
  totp?: string;
}

/** One of the two: that it is oneself still. */
export class NewCodesDto extends TotpDto {
  @IsOptional()
  @IsString({ message: "'password' must be a string" })
  password?: string;
}

export class AcceptInvitationDto {
  @IsString({ message: "'token' must be a string" })
  token!: string;

  @IsString({ message: "'password' must be a string" })
  password!: string;

  @IsOptional()
  @IsString({ message: "'name' must be a string" })
  @Length(1, 128, { message: "'name' has 1 to 128 characters" })
  name?: string;
}
