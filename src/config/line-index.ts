/**
 * What numbers of accounts in values mean (complaint U-12 of the feature map). In names and values alike accounts count
 * from 1; 0 and blank mean "none in particular". No release whose lines count from 0 is imitated: none of our models has one.
 */

/**
 * The account that `linekey.N.line` and its like name: from 1, or undefined where the phone is to choose.
 *
 * @param value as in the file, already a number in range or ""
 * @param most accounts of the model; a number beyond it is taken as "the phone chooses"
 */
export function accountOfLine(value: string, most: number): number | undefined {
  const number = Number(value);
  return Number.isInteger(number) && number >= 1 && number <= most ? number : undefined;
}

/**
 * The accounts that `dialplan.*.line_id` names, as "1,3" or "2-4": each from 1, in order, without doubles. Blank and 0 are
 * all accounts; words and numbers beyond the model are left out, and a list of nothing else is no account at all.
 */
export function accountsOfLineIds(value: string, most: number): readonly number[] {
  const all = Array.from({ length: most }, (_, index) => index + 1);
  const items = value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0 || items.includes("0")) return all;
  return all.filter((account) => items.some((item) => names(item, account)));
}

function names(item: string, account: number): boolean {
  const range = /^([0-9]{1,3})(?:-([0-9]{1,3}))?$/.exec(item);
  if (range === null) return false;
  const first = Number(range[1]);
  return account >= first && account <= Number(range[2] ?? first);
}
