import { IsString } from 'class-validator';

export class PasswordLoginDto {
  @IsString({ message: "'username' must be a string" })
  username!: string;

  @IsString({ message: "'password' must be a string" })
  password!: string;
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
