/** Gives the user interface its fonts and what it follows of the configuration. */
import type { Panel } from "../../board/board.ts";
import type { Model } from "../../board/model.ts";
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Paging } from "../phone/paging.ts";
import type { PhoneControl } from "../phone/state.ts";
import type { Switchboard } from "../phone/switchboard.ts";
import { loadFonts } from "../ui/fonts.ts";
import type { MenuItem, StatusFacts, UiSettings } from "../ui/settings.ts";
import { UserInterface } from "../ui/user-interface.ts";
import { defaultAccountItem } from "./default-account-item.ts";
import { type Keep, menuItems } from "./menu-items.ts";

export interface UserInterfaceOptions {
  readonly phone: PhoneControl & { readonly outward: { readonly switches: Switchboard }; readonly paging: Paging };
  readonly panel: Panel;
  readonly model: Model;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Configuration;
  /** Asked whenever they are shown. */
  readonly facts: () => StatusFacts;
  /** Keeps what a person changes in the menus. */
  readonly keep: Keep;
  /** Further lines of menus. */
  readonly further: readonly MenuItem[];
}

/** Throws an Error that names the font file that is missing. */
export function openUserInterface({ config, facts, keep, further, ...parts }: UserInterfaceOptions): UserInterface {
  // Beside this file's folder in dist/: the build packs them there.
  const fonts = loadFonts(new URL("../../fonts", import.meta.url));
  const utcOffsetMinutes = machineZone();
  const ui = new UserInterface({
    ...parts,
    fonts,
    facts,
    items: [
      ...menuItems({
        ...{ config, keep, phone: parts.phone, switches: parts.phone.outward.switches, paging: parts.phone.paging },
        accounts: parts.model.accounts,
      }),
      defaultAccountItem({ config, keep, accounts: parts.model.accounts }),
      ...further,
    ],
    settings: () => uiSettings(config, parts.clock, utcOffsetMinutes),
  });
  config.onChange.on(() => ui.refresh());
  ui.open();
  return ui;
}

function uiSettings(config: Configuration, clock: Clock, utcOffsetMinutes: (epochMs: number) => number): UiSettings {
  const level = (name: string) => config.number(`phone_setting.${name}`);
  const flag = (name: string) => config.flag(`phone_setting.${name}`);
  return {
    showDefaultAccount: config.flag("features.show_default_account"),
    // The zone of the machine: the one of the configuration comes with the clock's own service.
    utcOffsetMinutes: utcOffsetMinutes(clock.epochMs()),
    hours24: config.number("local_time.time_format") === 1,
    dateFormat: config.number("local_time.date_format"),
    backlightSeconds: level("backlight_time"),
    activeLevel: level("active_backlight_level"),
    inactiveLevel: level("inactive_backlight_level"),
    contrast: level("contrast"),
    ringLamp: flag("ring_power_led_flash_enable"),
    missedLamp: flag("missed_call_power_led_flash.enable"),
    callInfo: level("call_info_display_method"),
    calledParty: flag("called_party_info_display.enable"),
    ownName: config.number("features.caller_name_type_on_dialing"),
    rollMs: level("incoming_call.horizontal_roll_interval"),
    missedPopup: config.flag("features.missed_call_popup.enable"),
    mailPopup: config.flag("features.voice_mail_popup.enable"),
    mailboxes: config.number("voice_mail.message_key.mode") === 1,
    largeDnd: config.flag("features.dnd.large_icon.enable"),
    powerLamp: flag("common_power_led_enable"),
  };
}

/** Offsets of the machine's own zone at a moment; asking it is slow, and no zone changes but at a quarter of an hour. */
function machineZone(): (epochMs: number) => number {
  const quarterMs = 900_000;
  let quarter = Number.NaN;
  let minutes = 0;
  return (epochMs) => {
    const now = Math.floor(epochMs / quarterMs);
    if (now !== quarter) {
      quarter = now;
      minutes = offsetMinutes(epochMs);
    }
    return minutes;
  };
}

function offsetMinutes(epochMs: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "longOffset" }).formatToParts(epochMs);
  const offset = /GMT([+-])(\d+):(\d+)/.exec(parts.find((p) => p.type === "timeZoneName")?.value ?? "");
  if (offset === null) return 0;
  const minutes = 60 * Number(offset[2]) + Number(offset[3]);
  return offset[1] === "-" ? -minutes : minutes;
}
