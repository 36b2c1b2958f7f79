import { compileAddFields } from '../project/add-fields.js';
import type { StageCompiler } from './stage.js';
import { eachDoc, requireDoc } from './stage.js';

export const addFields: StageCompiler = (argument, context, name) =>
  eachDoc(name, compileAddFields(requireDoc(argument, 40272, name), context));
