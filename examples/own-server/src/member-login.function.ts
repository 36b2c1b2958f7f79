import { Injectable } from '@nestjs/common';
import { AuthFunction, FunctionRefused, type FunctionCall } from 'latchkey';

/** In life, a table of the shop's own database. */
const MEMBERS = new Map([['4711', { pin: '1234', name: 'Ada' }]]);

/** What `custom-function` calls in apps whose configuration names `memberLogin`. */
@Injectable()
export class MemberLogin extends AuthFunction {
  readonly name = 'memberLogin';

  override async run({ arguments: [credentials] }: FunctionCall): Promise<unknown> {
    const { member, pin } = credentials as { member?: unknown; pin?: unknown };
    const known = typeof member === 'string' ? MEMBERS.get(member) : undefined;
    if (known === undefined || known.pin !== pin) throw new FunctionRefused('no such member');
    return { id: `member-${String(member)}`, name: known.name };
  }
}
