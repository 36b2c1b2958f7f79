import { Global, Module } from '@nestjs/common';
import { KeySets } from './key-sets.js';
import { Outbound } from './outbound.js';

@Global()
@Module({ providers: [Outbound, KeySets], exports: [Outbound, KeySets] })
export class OutboundModule {}
