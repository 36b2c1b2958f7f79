let list: Promise<ReadonlySet<string>> | undefined;

/** Whether it is among the 50,000 that people choose most often, in whatever letter case. */
export async function isCommon(password: string): Promise<boolean> {
  list ??= readList();
  return (await list).has(password.normalize('NFC').toLowerCase());
}

/** Four megabytes, for servers that have an app which wants it. */
async function readList(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
