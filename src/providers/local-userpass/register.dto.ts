import { IsArray, IsOptional, IsString, Matches } from 'class-validator';

export class RegisterDto {
  @IsString({ message: 'email invalid' })
  email!: string;

  @IsString({ message: 'password must be between 6 and 128 characters' })
  password!: string;
}

const MALFORMED = 'invalid token data';

export class ConfirmDto {
  @Matches(/^[0-9a-f]{128}$/i, { message: MALFORMED })
  token!: string;

  @Matches(/^[0-9a-f]{24}$/i, { message: MALFORMED })
  tokenId!: string;
}

export class EmailDto {
  @IsString({ message: 'email invalid' })
  email!: string;
}

export class ResetDto extends ConfirmDto {
  @IsString({ message: 'password must be between 6 and 128 characters' })
  password!: string;
}

export class CallResetDto extends RegisterDto {
  @IsOptional()
  @IsArray({ message: "'arguments' must be an array" })
  arguments?: unknown[];
}
