import { Injectable, type PipeTransform } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { objectIdIn } from '../common/object-id.js';
import { InvalidParameter } from '../errors/errors.js';

/** An id in a path. @throws InvalidParameter for what is none */
@Injectable()
export class ObjectIdPipe implements PipeTransform<unknown, ObjectId> {
  transform(value: unknown): ObjectId {
    const id = objectIdIn(value);
    if (!id) throw new InvalidParameter('an id is 24 hex digits');
    return id;
  }
}
