/** What of the configuration the LCD follows, and the items that menus get from elsewhere. */

export interface UiSettings {
  /** The idle screen names the default account (feature row ACC-29); it does unless told. */
  readonly showDefaultAccount?: boolean;
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
  /** How the other party is shown: phone_setting.call_info_display_method (feature row CAL-75). */
  readonly callInfo: number;
  /** Whom an incoming call is for is shown too (phone_setting.called_party_info_display.enable). */
  readonly calledParty: boolean;
  /** Of our own account while dialling: 1 user name, 2 display name, 3 label (features.caller_name_type_on_dialing). */
  readonly ownName: number;
  /** Names too long for the LCD move on by a character in this time, ms; 0 cuts them. */
  readonly rollMs: number;
  /** A window tells of missed calls and of new voice messages (feature rows CAL-69, DIR-12). */
  readonly missedPopup: boolean;
  readonly mailPopup: boolean;
  /** The message key shows the mailboxes instead of dialling one (voice_mail.message_key.mode). */
  readonly mailboxes: boolean;
  /** Do-not-disturb has a large sign on the idle screen (features.dnd.large_icon.enable). */
  readonly largeDnd: boolean;
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
  callInfo: 0,
  calledParty: false,
  ownName: 3,
  rollMs: 0,
  missedPopup: true,
  mailPopup: true,
  mailboxes: false,
  largeDnd: false,
  powerLamp: false,
};

/** Pages that a menu item can be on. */
export type ItemMenu = "features" | "settings" | "forward" | "dnd" | "anonymous" | "mailboxes" | "paging";

/** A line of a menu: shows a value, and changes it on OK, left and right. */
export interface MenuItem {
  readonly menu: ItemMenu;
  readonly label: string;
  /** Absent: always. */
  visible?(): boolean;
  value(): string;
  /** +1 is the next value (OK and right), -1 the one before. */
  change(step: 1 | -1): void;
  /** A text that is typed instead of changed: OK opens it. */
  readonly entry?: { readonly prompt: string; text(): string; save(text: string): void };
}

/** For the status page; what is not known is left out. */
export interface StatusFacts {
  readonly ip: string;
  readonly mac: string;
  readonly firmware: string;
  /** Further lines, below these. */
  readonly more?: readonly (readonly [label: string, value: string])[];
}
