/** A moment as RFC 3339 §5.6 writes it, in UTC and whole seconds; no time zones, nothing is parsed. */

const daySeconds = 86_400;

/** "2026-11-22T18:23:43Z". @param epochMs since 1970, in the years 1970 to 9999 */
export function utcText(epochMs: number): string {
  const seconds = Math.max(0, Math.floor(epochMs / 1000));
  let days = Math.floor(seconds / daySeconds);
  const rest = seconds - days * daySeconds;
  let year = 1970;
  for (; days >= daysOf(year); year++) days -= daysOf(year);
  let month = 0;
  for (let length = monthDays(year, month); days >= length; length = monthDays(year, month)) {
    days -= length;
    month++;
  }
  const date = `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(days + 1)}`;
  return `${date}T${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}Z`;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysOf(year: number): number {
  return isLeap(year) ? 366 : 365;
}

/** @param month 0 to 11 */
function monthDays(year: number, month: number): number {
  if (month === 1) return isLeap(year) ? 29 : 28;
  return [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 31;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
