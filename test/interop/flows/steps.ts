/** Steps that several flows of the guide have in common, as trace.ts compares them; each function takes the users' letters. */

/** A call from `a` to `b` up to its ACK. */
export const setUp = (a: string, b: string) => `
  ${a}>P INVITE
  P>${b} INVITE
  ${b}>P 180
  P>${a} 180
  ${b}>P 200
  P>${a} 200
  ${a}>P ACK
  P>${b} ACK`;

/** `from` hangs up. */
export const hangUp = (from: string, to: string) => `
  ${from}>P BYE
  P>${to} BYE
  ${to}>P 200
  P>${from} 200`;

/** An INVITE in a call whose offer says `direction`, "" for both ways. */
export const modify = (from: string, to: string, direction: "sendonly" | "") => {
  const [asks, answers] = direction === "" ? ["", ""] : [" sendonly", " recvonly"];
  return `
  ${from}>P INVITE${asks}
  P>${to} INVITE${asks}
  ${to}>P 200${answers}
  P>${from} 200${answers}
  ${from}>P ACK
  P>${to} ACK`;
};

/** `b` refuses a call with `status`, after it rang or at once. */
export const refused = (a: string, b: string, status: number, rang: boolean) => `
  ${a}>P INVITE
  P>${b} INVITE
  ${rang ? `${b}>P 180\n  P>${a} 180` : ""}
  ${b}>P ${status}
  P>${b} ACK !
  P>${a} ${status}
  ${a}>P ACK !`;

/** A REFER in a call; its NOTIFYs are looked at apart. */
export const refer = (from: string, to: string) => `
  ${from}>P REFER
  P>${to} REFER
  ${to}>P 202
  P>${from} 202`;

/** A calls B, who rings; A gives up. */
export const givenUp = `
  A>P INVITE
  P>B INVITE
  B>P 180
  P>A 180
  A>P CANCEL
  P>A 200 !
  P>B CANCEL
  B>P 200 !
  B>P 487
  P>B ACK !
  P>A 487
  A>P ACK !`;

/** Who answered is not who was called, and says so (RFC 4916). */
export const identify = (from: string, to: string) => `
  ${from}>P UPDATE
  P>${to} UPDATE
  ${to}>P 200
  P>${from} 200`;
