import { run } from '../../src/cli/program.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in this process. `line` is split at blanks: none in its words. */
export async function runCommand(line: string, env: NodeJS.ProcessEnv, password?: string): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await run(line.split(' '), {
    env,
    out: (text) => (out += text),
    err: (text) => (err += text),
    newPassword: async () => {
      if (password === undefined) throw new Error('not asked for here');
      return password;
    },
  });
  return { code, out, err };
}
