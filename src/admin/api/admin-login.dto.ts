import { IsOptional, IsString } from 'class-validator';

export class PasswordLoginDto {
  @IsString({ message: "'username' must be a string" })
  username!: string;

  @IsString({ message: "'password' must be a string" })
  password!: string;

  /** Of an authenticator app, or a recovery code: where a second factor is on. */
  @IsOptional()
  @IsString({ message: "'totp' must be a string" })
  totp?: string;
}

export class KeyPairLoginDto {
  /** The public key. */
  @IsString({ message: "'username' must be a string" })
  username!: string;

  /** The private key. */
  @IsString({ message: "'apiKey' must be a string" })
  apiKey!: string;
}

export class PrivateKeyLoginDto {
  @IsString({ message: "'key' must be a string" })
  key!: string;
}
