import { IsString } from 'class-validator';

export class RegisterDto {
  @IsString({ message: 'email invalid' })
  email!: string;

  @IsString({ message: 'password must be between 6 and 128 characters' })
  password!: string;
}
