/** Whether values stand deeper in each other than so many levels; never looks deeper than that. */
export function isDeeperThan(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((each) => isDeeperThan(each, most - 1));
}
