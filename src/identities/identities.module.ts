import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { IdentitiesService } from './identities.service.js';

@Module({ imports: [UsersModule], providers: [IdentitiesService], exports: [IdentitiesService] })
export class IdentitiesModule {}
