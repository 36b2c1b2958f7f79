import { Global, Module } from '@nestjs/common';
import { HookRegistry } from './hook.registry.js';

@Global()
@Module({ providers: [HookRegistry], exports: [HookRegistry] })
export class HooksModule {}
