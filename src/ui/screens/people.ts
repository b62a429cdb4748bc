/** Who is in a conference, one line each: of one that this phone mixes (CAL-55, CP8-02), or of a server's as far as that tells (CAL-56). */
import type { Body, ListRow } from "../screen.ts";
import { type Participant, participantsOf, type UiState } from "../state.ts";
import { listBody } from "./list.ts";
import type { ScreenSources } from "./sources.ts";

export function peopleBody(sources: ScreenSources, ui: Extract<UiState, { name: "people" }>): Body {
  const rows = participantsOf(sources.view).map(rowOf);
  return listBody(rows, Math.min(ui.selected, rows.length - 1), sources.rows, "Nobody else");
}

function rowOf({ call, party }: Participant): ListRow {
  const { name, number } = party;
  const text = name || number || party.uri || "Unknown";
  const muted = call?.peerMuted === true;
  const held = call?.phase.name === "talking" && call.phase.hold === "remote";
  const level = call?.levelDb ?? 0;
  const usual = level !== 0 ? `${level > 0 ? "+" : "\u2212"}${Math.abs(level)} dB` : text === number ? "" : number;
  const detail = muted ? "Muted" : held ? "On hold" : usual;
  return { icon: call === undefined ? "person" : muted ? "mute" : held ? "hold" : "call", text, detail, bad: false };
}
