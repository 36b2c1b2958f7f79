import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import { GroupsService } from '../../apps/groups.service.js';
import { Clock } from '../../common/clock.js';
import { bytesOf } from '../../database/bytes.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { ServiceUnavailable } from '../../errors/errors.js';
import { EmailInvalid, PasswordRefused } from '../../providers/local-userpass/local-userpass.errors.js';
import { SealedPasswords } from '../../providers/local-userpass/sealed-passwords.js';
import { isEmail, normaliseEmail, withoutBlanksAround } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { LinkRefused, OldPasswordWrong } from './admin-auth.errors.js';
import type { AdminCaller } from './admin-caller.js';
import { AdminSessionsService } from './admin-sessions.service.js';
import { Administrator } from './administrator.model.js';
import type { GroupRole } from './roles.js';

export interface NewAdministrator {
  email: string;
  password: string;
  displayName?: string;
}

interface SetupMark {
  _id: string;
  doneAt: Date;
}

const FIRST = 'first-administrator';
/** More than of a user: behind it are all users. */
const FEWEST_CHARACTERS = 8;

@Injectable()
export class AdministratorsService {
  constructor(
    @InjectModel(Administrator.name) private readonly administrators: Model<Administrator>,
    private readonly groups: GroupsService,
    private readonly sessions: AdminSessionsService,
    private readonly passwords: SealedPasswords,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Whether there ever was an administrator: then a setup link is worth nothing. */
  async isSetUp(): Promise<boolean> {
    return (await this.#marks.findOne({ _id: FIRST }, { maxTimeMS: MAX_TIME_MS })) !== null;
  }

  /**
   * The first administrator, owner of the default group. Of several at once, one is made: they all insert the same mark.
   *
   * @param claim uses up the link that allows it; called inside the transaction
   * @throws LinkRefused where there is an administrator already, EmailInvalid, PasswordRefused
   */
  async createFirst(
    wanted: NewAdministrator,
    claim: (transaction: ClientSession) => Promise<unknown>,
  ): Promise<Administrator> {
    const administrator = await this.prepare(wanted, await this.#ownerOfDefault());
    await this.database.transaction(async (transaction) => {
      await claim(transaction);
      try {
        await this.#marks.insertOne({ _id: FIRST, doneAt: this.clock.now() }, { session: transaction });
      } catch (error) {
        throw isDuplicateKey(error) ? new LinkRefused() : error;
      }
      await this.insert(administrator, transaction);
    });
    return administrator;
  }

  /** An owner of the default group, by whoever has the machine. @throws AccountNameInUse, EmailInvalid, PasswordRefused */
  async createOwner(wanted: NewAdministrator): Promise<Administrator> {
    const administrator = await this.prepare(wanted, await this.#ownerOfDefault());
    await this.database.transaction(async (transaction) => {
      const mark = { $setOnInsert: { doneAt: this.clock.now() } };
      await this.#marks.updateOne({ _id: FIRST }, mark, { upsert: true, session: transaction });
      await this.insert(administrator, transaction);
    });
    return administrator;
  }

  /** Checks and hashes; writes nothing. @throws EmailInvalid, PasswordRefused */
  async prepare(wanted: NewAdministrator, roles: GroupRole[]): Promise<Administrator> {
    const { password, displayName } = wanted;
    const email = withoutBlanksAround(wanted.email);
    if (!isEmail(email)) throw new EmailInvalid();
    const _id = new ObjectId();
    return {
      _id,
      email,
      emailKey: normaliseEmail(email),
      ...(displayName === undefined ? {} : { displayName }),
      sealedPassword: await this.#makePassword(_id, password),
      roles,
      epoch: 0,
      disabled: false,
      createdAt: this.clock.now(),
    };
  }

  /** @throws AccountNameInUse */
  async insert(administrator: Administrator, transaction: ClientSession): Promise<void> {
    try {
      await this.administrators.collection.insertOne(administrator, { session: transaction });
    } catch (error) {
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
  }

  async findByEmail(emailKey: string): Promise<Administrator | null> {
    const found = await this.administrators.collection.findOne({ emailKey }, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as Administrator | null;
  }

  /**
   * @param administrator null for somebody unknown: takes as long, and is never right
   * @throws ServiceUnavailable
   */
  async checkPassword(administrator: Administrator | null, password: string): Promise<boolean> {
    const stored = administrator && {
      context: contextOf(administrator._id),
      sealed: bytesOf(administrator.sealedPassword),
    };
    const { ok, needsRehash } = await this.passwords.check(stored ?? undefined, password);
    if (ok && needsRehash) await this.#rehash(administrator!, password);
    return ok;
  }

  /**
   * Ends all sessions but the caller's.
   *
   * @throws OldPasswordWrong where it was changed by somebody else meanwhile, PasswordRefused
   */
  async changePassword(caller: AdminCaller, administrator: Administrator, password: string): Promise<void> {
    const { _id, sealedPassword } = administrator;
    const made = await this.#makePassword(_id, password);
    await this.database.transaction(async (transaction) => {
      const changed = await this.administrators.collection.findOneAndUpdate(
        { _id, sealedPassword },
        { $set: { sealedPassword: made }, $inc: { epoch: 1 } },
        { session: transaction, returnDocument: 'after', projection: { epoch: 1 } },
      );
      if (!changed) throw new OldPasswordWrong();
      await this.sessions.endAllOf(_id, transaction, { session: caller.session._id, epoch: Number(changed['epoch']) });
    });
  }

  async #ownerOfDefault(): Promise<GroupRole[]> {
    return [{ groupId: await this.groups.getDefaultId(), role: 'GROUP_OWNER' }];
  }

  async #makePassword(id: ObjectId, password: string): Promise<Buffer> {
    if (Array.from(password.normalize('NFC').slice(0, 64)).length < FEWEST_CHARACTERS) {
      throw new PasswordRefused(`the password of an administrator has at least ${FEWEST_CHARACTERS} characters`);
    }
    return this.passwords.make(contextOf(id), password);
  }

  /** At today's cost, now that the password is known. When there is no time for it, the next login will do. */
  async #rehash(administrator: Administrator, password: string): Promise<void> {
    const { _id, sealedPassword } = administrator;
    try {
      const made = await this.passwords.remake(contextOf(_id), password);
      const { matchedCount } = await this.administrators.collection.updateOne(
        { _id, sealedPassword },
        { $set: { sealedPassword: made } },
        { maxTimeMS: MAX_TIME_MS },
      );
      // Whoever changes the password next compares with what is stored now.
      if (matchedCount > 0) administrator.sealedPassword = made;
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
    }
  }

  get #marks() {
    return this.database.connection.db!.collection<SetupMark>('setup');
  }
}

/** What the sealed bytes are bound to. */
export function contextOf(id: ObjectId): string {
  return `administrators.password:${id.toHexString()}`;
}
