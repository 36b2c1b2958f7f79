import { IsIn, IsString, Length } from 'class-validator';
import { ROLES, type Role } from '../auth/roles.js';

const ROLE_MESSAGE = `'role_name' must be one of ${ROLES.join(', ')}`;

export class CreateGroupDto {
  @IsString({ message: "'name' must be a string" })
  @Length(1, 64, { message: "'name' has 1 to 64 characters" })
  name!: string;
}

export class ChangeRoleDto {
  @IsIn(ROLES, { message: ROLE_MESSAGE })
  role_name!: Role;
}

export class InviteDto extends ChangeRoleDto {
  @IsString({ message: 'email invalid' })
  email!: string;
}

export class CreateAdminKeyDto extends ChangeRoleDto {
  @IsString({ message: "'name' must be a string" })
  @Length(1, 64, { message: "'name' has 1 to 64 characters" })
  name!: string;
}
