/** What of the configuration the LCD follows, and the items that menus get from elsewhere. */

export interface UiSettings {
  /** Minutes that local time is ahead of UTC at this moment, daylight saving included. */
  readonly utcOffsetMinutes: number;
  readonly hours24: boolean;
  /** 0 to 6 (feature row UIX-27). */
  readonly dateFormat: number;
  /** Seconds without a key or a call until the backlight goes down; 0 keeps it up (feature row UIX-13). */
  readonly backlightSeconds: number;
  /** 1 to 10. */
  readonly activeLevel: number;
  /** 0 to 10. */
  readonly inactiveLevel: number;
  /** 1 to 10 (feature row UIX-12). */
  readonly contrast: number;
  /** The power lamp flashes when it rings, and for missed calls (feature row UIX-09). */
  readonly ringLamp: boolean;
  readonly missedLamp: boolean;
  /** The power lamp is on as long as the phone is (`phone_setting.common_power_led_enable`). */
  readonly powerLamp: boolean;
}

export const defaultUiSettings: UiSettings = {
  utcOffsetMinutes: 0,
  hours24: true,
  dateFormat: 0,
  backlightSeconds: 60,
  activeLevel: 8,
  inactiveLevel: 1,
  contrast: 6,
  ringLamp: true,
  missedLamp: true,
  powerLamp: false,
};

/** A line of the menus Features and Settings: shows a value, and changes it on OK, left and right. */
export interface MenuItem {
  readonly menu: "features" | "settings";
  readonly label: string;
  value(): string;
  /** +1 is the next value (OK and right), -1 the one before. */
  change(step: 1 | -1): void;
}

/** For the status page; what is not known is left out. */
export interface StatusFacts {
  readonly ip: string;
  readonly mac: string;
  readonly firmware: string;
  /** Further lines, below these. */
  readonly more?: readonly (readonly [label: string, value: string])[];
}
