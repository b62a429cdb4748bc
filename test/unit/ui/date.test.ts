/** Calendar and clock on the LCD, against the runtime's own calendar. */
import { describe, expect, it } from "vitest";
import { clockText, dateText, durationText, momentOf } from "../../../src/ui/date.ts";

describe("UIX-27: time and date", () => {
  it("agrees with the runtime's calendar from 1902 to 2200, leap days and centuries included", () => {
    for (let day = -25_000; day < 84_000; day += 13) {
      const epochMs = day * 86_400_000 + 12_345_678;
      const date = new Date(epochMs);
      expect(momentOf(epochMs, 0)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
      });
    }
    expect(momentOf(Date.UTC(2028, 1, 29), 0)).toMatchObject({ month: 2, day: 29 });
  });

  it("moves by the offset over midnight and the new year", () => {
    expect(momentOf(Date.UTC(2026, 11, 31, 23, 30), 60)).toMatchObject({
      year: 2027,
      month: 1,
      day: 1,
      hour: 0,
      minute: 30,
      weekday: 5,
    });
    expect(momentOf(Date.UTC(2027, 0, 1, 2, 0), -210)).toMatchObject({
      year: 2026,
      month: 12,
      day: 31,
      hour: 22,
      minute: 30,
    });
  });

  it("has 12 and 24 hours", () => {
    const at = (hour: number): ReturnType<typeof momentOf> => momentOf(Date.UTC(2026, 10, 22, hour, 5), 0);
    expect([0, 9, 12, 23].map((hour) => clockText(at(hour), false))).toEqual([
      "12:05 AM",
      "9:05 AM",
      "12:05 PM",
      "11:05 PM",
    ]);
    expect([0, 9, 23].map((hour) => clockText(at(hour), true))).toEqual(["00:05", "09:05", "23:05"]);
  });

  it("has the seven formats of the guide", () => {
    const moment = momentOf(Date.UTC(2026, 10, 2), 0);
    expect([0, 1, 2, 3, 4, 5, 6].map((format) => dateText(moment, format))).toEqual([
      "Mon Nov 02",
      "02-Nov-26",
      "2026-11-02",
      "02/11/2026",
      "11/02/26",
      "02 Nov 2026",
      "Mon 02 Nov",
    ]);
  });

  it("counts a call's time", () => {
    expect([0, 999, 61_000, 3_600_000, 36_061_000, -5].map(durationText)).toEqual([
      "00:00",
      "00:00",
      "01:01",
      "1:00:00",
      "10:01:01",
      "00:00",
    ]);
  });
});
