/** Actions of the key table that are the phone's alone, whatever page of the LCD is open. */
import type { PhoneControl } from "../phone/state.ts";
import type { Action } from "./keys.ts";
import { endableCall, incomingCall, participantsOf, type UiState } from "./state.ts";

/** False where the action is the pages' (navigator.ts). */
export function actOnPhone(action: Action, phone: PhoneControl, ui: UiState): boolean {
  switch (action) {
    case "send":
      phone.send();
      return true;
    case "cancel":
      phone.cancel();
      return true;
    case "backspace":
      phone.backspace();
      return true;
    case "clear":
      phone.clearMissed();
      return true;
    case "record":
      phone.record();
      return true;
    case "answer":
      phone.answer(incomingCall(phone.view));
      return true;
    case "reject":
      phone.reject(incomingCall(phone.view));
      return true;
    case "silence":
      phone.silence();
      return true;
    case "hold":
      phone.hold();
      return true;
    case "resume":
      phone.resume();
      return true;
    case "swap":
      phone.swap();
      return true;
    case "newCall":
      phone.newCall();
      return true;
    case "transfer":
      phone.transfer();
      return true;
    case "another": {
      // Which call it is, is counted by the phone while a number is asked for.
      const [call] = phone.view.calls;
      if (call !== undefined) phone.selectCall(call.id);
      return true;
    }
    case "conference":
      phone.conference();
      return true;
    case "split":
      phone.split();
      return true;
    case "farMute":
    case "farUnmute":
    case "remove":
    case "take":
    case "partyLouder":
    case "partySofter":
      actOnParticipant(action, phone, ui);
      return true;
    case "forward":
      phone.forward(incomingCall(phone.view));
      return true;
    case "hangUp":
      phone.hangUp(endableCall(phone.view, ui));
      return true;
    case "mute":
      phone.toggleMute();
      return true;
    case "louder":
      phone.changeVolume(1);
      return true;
    case "softer":
      phone.changeVolume(-1);
      return true;
    case "speaker":
      phone.speakerKey();
      return true;
    case "headset":
      phone.headsetKey();
      return true;
    case "dnd":
      // Which account is asked for on a page.
      if (phone.view.keys?.dndByAccount === true) return false;
      phone.toggleDnd();
      return true;
    default:
      return false;
  }
}

const partyActs = {
  farMute: "mute",
  farUnmute: "unmute",
  remove: "remove",
  take: "take",
  partyLouder: "louder",
  partySofter: "softer",
} as const;

/** What is done to the one who is selected among the people of a conference (CP8-02). */
function actOnParticipant(action: keyof typeof partyActs, phone: PhoneControl, ui: UiState): void {
  const people = participantsOf(phone.view);
  const call = ui.name === "people" ? people[Math.min(ui.selected, people.length - 1)]?.call : undefined;
  if (call === undefined) return;
  phone.party(call.id, partyActs[action]);
}
