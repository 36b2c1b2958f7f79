import { IsString } from 'class-validator';

export class PasswordDto {
  @IsString({ message: "'old_password' is a required string" })
  old_password!: string;

  @IsString({ message: "'password' is a required string" })
  password!: string;
}
