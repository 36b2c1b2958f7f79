import { compileAddFields } from '../project/add-fields.js';
import type { DocStageCompiler } from './stage.js';
import { eachDoc, requireDoc } from './stage.js';

export const addFields: DocStageCompiler = (argument, context, name) =>
  eachDoc(name, compileAddFields(requireDoc(argument, 40272, name), context));
