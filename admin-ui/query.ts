/** @returns `?a=1&b=2` of the fields that are not empty */
export function queryOf(fields: object): string {
  const given = Object.entries(fields).filter(([, value]) => value !== '') as [string, string][];
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
