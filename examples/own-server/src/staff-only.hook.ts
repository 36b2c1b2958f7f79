import { Injectable } from '@nestjs/common';
import { AuthHook, LoginRefused, type Registration } from 'latchkey';

/** Only addresses of the shop may be registered. */
@Injectable()
export class StaffOnlyHook extends AuthHook {
  override async beforeRegistration({ email }: Registration): Promise<void> {
    if (!email.toLowerCase().endsWith('@shop.example')) throw new LoginRefused('only for the staff of the shop');
  }
}
