import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { DeletedUser, DeletedUserSchema } from './deleted-user.model.js';
import { User, UserSchema } from './user.model.js';
import { UserListService } from './user-list.service.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([
      { name: User.name, schema: UserSchema },
      { name: DeletedUser.name, schema: DeletedUserSchema },
    ]),
  ],
  providers: [UsersService, UserListService],
  exports: [UsersService, UserListService, MongooseModule],
})
export class UsersModule {}
