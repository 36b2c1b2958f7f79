import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** When a job of all instances together is due, and what it did the last time. */
@Schema({ collection: 'jobs', versionKey: false })
export class JobSchedule {
  /** Its name. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** Whoever moves this on does it. */
  @Prop({ type: Date, required: true })
  dueAt!: Date;

  @Prop({ type: Date })
  finishedAt?: Date;

  /** How many it dealt with. */
  @Prop({ type: Number })
  count?: number;
}

export const JobScheduleSchema = SchemaFactory.createForClass(JobSchedule);
