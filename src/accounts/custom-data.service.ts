import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { InvalidParameter } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';

/** Another version is there than the one that the caller read. */
export class CustomDataChanged extends LatchkeyError {
  readonly code = 'PreconditionFailed';

  constructor() {
    super('the custom data was changed meanwhile, read it again');
  }
}

export interface CustomData {
  data: Record<string, unknown>;
  /** 0 before the first change. */
  version: number;
}

const MAX_BYTES = 8_192;

/** The one object that an application keeps with a user. */
@Injectable()
export class CustomDataService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
  ) {}

  /** @throws UserNotFound */
  async get(app: App, userId: ObjectId): Promise<CustomData> {
    const { customData = {}, customDataVersion = 0 } = await this.users.get(app, userId);
    return { data: customData, version: customDataVersion };
  }

  /**
   * The whole object anew; tokens carry it from the next refresh on.
   *
   * @param expected the version that the caller read; undefined overwrites any
   * @throws UserNotFound, InvalidParameter, CustomDataChanged
   */
  async set(app: App, userId: ObjectId, data: unknown, expected: number | undefined): Promise<CustomData> {
    const plain = plainObject(data);
    const version = await this.users.setCustomData(app, userId, plain, expected);
    if (version === undefined) throw new CustomDataChanged();
    this.sessions.forget(userId);
    return { data: plain, version };
  }
}

/** Plain JSON, as tokens carry it. */
function plainObject(data: unknown): Record<string, unknown> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new InvalidParameter('custom data must be one JSON object');
  }
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new InvalidParameter(`custom data may take at most ${MAX_BYTES} bytes`);
  const plain = JSON.parse(text) as Record<string, unknown>;
  checkKeys(plain);
  return plain;
}

/** Names that the database could take for something else. */
function checkKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key.startsWith('$') || key.includes('\0')) {
      throw new InvalidParameter(`'${key.slice(0, 64)}' cannot be the name of a field`);
    }
    checkKeys(item);
  }
}
