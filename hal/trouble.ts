/** What became of a part of the front while the phone runs; in the same words as `AudioTrouble`. */
export type PartTrouble =
  /** It is gone or does not do what it should; `why` names the part and is for people. */
  | { readonly type: "lost"; readonly device: string; readonly why: string }
  | { readonly type: "back"; readonly device: string };
