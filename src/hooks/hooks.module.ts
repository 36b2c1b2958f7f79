import { Global, Module } from '@nestjs/common';
import { HookRegistry } from './hook.registry.js';
import { PlaceRegistry } from './place.resolver.js';

@Global()
@Module({ providers: [HookRegistry, PlaceRegistry], exports: [HookRegistry, PlaceRegistry] })
export class HooksModule {}
