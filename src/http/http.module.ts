import { Global, Module } from '@nestjs/common';
import { ClientAddress } from './client-address.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';
import { WelcomeController } from './welcome.controller.js';

@Global()
@Module({
  controllers: [HealthController, WelcomeController],
  providers: [ClientAddress, Readiness],
  exports: [ClientAddress, Readiness],
})
export class HttpModule {}
