import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import type { AuditEvent } from '../../../audit/audit-event.model.js';
import { AuditService } from '../../../audit/audit.service.js';
import { InvalidParameter } from '../../../errors/errors.js';
import { csvLine } from '../csv.js';
import { afterIn, last, limitIn, PAGE, type RawQuery } from '../users.query.js';
import { AUDIT_COLUMNS, auditCells, auditView } from './audit.view.js';

const MOST = 500;

/** Answers with a trail, newest first: a page of it, or as a file all that fits. */
@Injectable()
export class AuditAnswer {
  constructor(private readonly audit: AuditService) {}

  /** @throws InvalidParameter */
  async send(chain: ObjectId, query: RawQuery, name: string, reply: FastifyReply): Promise<void> {
    const format = last(query['format']) ?? 'json';
    if (format !== 'json' && format !== 'csv') throw new InvalidParameter("'format' must be json or csv");
    const wanted = {
      chain,
      after: afterIn(query),
      type: textIn(query['type']),
      user: textIn(query['user_id'])?.toLowerCase(),
      actor: textIn(query['actor'])?.toLowerCase(),
    };
    if (format === 'json') {
      const limit = query['limit'] === undefined ? PAGE : limitIn(query['limit'], MOST);
      const events = await this.audit.list({ ...wanted, limit });
      await reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(events.map(auditView))));
      return;
    }
    const events = await this.audit.all({
      ...wanted,
      limit: query['limit'] === undefined ? 0 : limitIn(query['limit'], MOST),
    });
    await reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}-audit.csv"`)
      .send(Readable.from(asCsv(events)));
  }
}

async function* asCsv(events: AsyncIterable<AuditEvent>): AsyncGenerator<string> {
  yield csvLine(AUDIT_COLUMNS);
  for await (const event of events) yield csvLine(auditCells(event));
}

function textIn(value: unknown): string | undefined {
  const text = last(value);
  return text === '' ? undefined : text;
}
