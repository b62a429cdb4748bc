/** Days and hours out of ms since 1970 for people; the offset from UTC is given, time zones are not known here (feature row UIX-27). */

export interface Moment {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const dayMs = 86_400_000;

/** Civil date of the proleptic Gregorian calendar; years are counted from March, so that the leap day comes last. */
export function momentOf(epochMs: number, utcOffsetMinutes: number): Moment {
  const local = epochMs + utcOffsetMinutes * 60_000;
  const days = Math.floor(local / dayMs);
  const minutes = Math.floor((local - days * dayMs) / 60_000);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(minutes / 60),
    minute: minutes % 60,
  };
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

export function clockText(moment: Moment, hours24: boolean): string {
  const minute = two(moment.minute);
  if (hours24) return `${two(moment.hour)}:${minute}`;
  return `${moment.hour % 12 === 0 ? 12 : moment.hour % 12}:${minute} ${moment.hour < 12 ? "AM" : "PM"}`;
}

/** @param format 0 to 6 as `local_time.date_format` has them. */
export function dateText(moment: Moment, format: number): string {
  const weekday = weekdays[moment.weekday] ?? "";
  const month = months[moment.month - 1] ?? "";
  const day = two(moment.day);
  const year = String(moment.year).padStart(4, "0");
  switch (format) {
    case 1:
      return `${day}-${month}-${year.slice(-2)}`;
    case 2:
      return `${year}-${two(moment.month)}-${day}`;
    case 3:
      return `${day}/${two(moment.month)}/${year}`;
    case 4:
      return `${two(moment.month)}/${day}/${year.slice(-2)}`;
    case 5:
      return `${day} ${month} ${year}`;
    case 6:
      return `${weekday} ${day} ${month}`;
    default:
      return `${weekday} ${month} ${day}`;
  }
}

/** "00:07", "1:02:03". */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${two(minutes)}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
