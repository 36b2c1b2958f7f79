import { Global, Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import mongoose from 'mongoose';
import { BatchedWrites } from './batched-writes.js';
import { databaseIn, DEFAULT_DATABASE } from '../config/database-name.js';
import { ChangeFeed } from './change-feed.js';
import { Database } from './database.js';
import { StoreState } from './store-state.js';
import { WriteBehind } from './write-behind.js';

// A filter value that came from outside is compared as a value, even where it looks like an operator (security.md rule 5).
mongoose.set('strictQuery', true);
mongoose.set('sanitizeFilter', true);

@Global()
@Module({})
export class DatabaseModule {
  static forRoot(uri: string, state: StoreState): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        MongooseModule.forRoot(uri, {
          ...(databaseIn(uri) === undefined ? { dbName: DEFAULT_DATABASE } : {}),
          autoCreate: false,
          autoIndex: false,
          serverSelectionTimeoutMS: 2_000,
          socketTimeoutMS: 5_000,
          // A database that hangs still takes connections: half a minute unless said, before anybody gets a 503.
          connectTimeoutMS: 3_000,
          waitQueueTimeoutMS: 4_000,
          maxPoolSize: 50,
          writeConcern: { w: 'majority', journal: true },
          retryAttempts: 0,
        }),
      ],
      providers: [{ provide: StoreState, useValue: state }, Database, ChangeFeed, WriteBehind, BatchedWrites],
      exports: [Database, ChangeFeed, WriteBehind, BatchedWrites, MongooseModule],
    };
  }
}
