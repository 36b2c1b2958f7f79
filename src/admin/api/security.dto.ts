import { IsBoolean, IsInt, IsOptional, IsString } from 'class-validator';

export class AccessEntryDto {
  @IsOptional()
  @IsString({ message: "'address' must be a string" })
  address?: string;

  @IsOptional()
  @IsString({ message: "'comment' must be a string" })
  comment?: string;

  /** The caller's own address, in place of `address`. */
  @IsOptional()
  @IsBoolean({ message: "'use_current' must be a boolean" })
  use_current?: boolean;
}

export class RefreshTokenExpirationDto {
  @IsInt({ message: "'expiration_time_seconds' must be a whole number" })
  expiration_time_seconds!: number;
}
