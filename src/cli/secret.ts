import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/**
 * A new password: typed twice by a person, who does not see it, or the first line that a program pipes in. Never an argument:
 * every user of the machine may see those.
 */
export async function readNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return readLine(undefined);
  const password = await readLine('Password: ');
  if ((await readLine('The same again: ')) !== password) throw new Error('the two passwords are not the same');
  return password;
}

async function readLine(prompt: string | undefined): Promise<string> {
  // Readline shows what is typed on its output: this one shows nothing.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: prompt !== undefined });
  process.stderr.write(prompt ?? '');
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new Error('no password was given')));
    });
  } finally {
    lines.close();
    if (prompt !== undefined) process.stderr.write('\n');
  }
}
