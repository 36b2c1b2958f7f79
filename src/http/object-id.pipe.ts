import { Injectable, type PipeTransform } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { InvalidParameter } from '../errors/errors.js';

const HEX_24 = /^[0-9a-f]{24}$/i;

/** An id in a path. @throws InvalidParameter for what is none */
@Injectable()
export class ObjectIdPipe implements PipeTransform<unknown, ObjectId> {
  transform(value: unknown): ObjectId {
    if (typeof value !== 'string' || !HEX_24.test(value)) throw new InvalidParameter('an id is 24 hex digits');
    return ObjectId.createFromHexString(value);
  }
}
