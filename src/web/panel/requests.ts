/** What the panel's calls may carry, and words for what is wrong with it. */
import * as v from "valibot";
import { PanelError } from "./panel-error.ts";

const holdLongestMs = 10_000;

export const keysRequest = v.strictObject({
  keys: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(256)),
  holdMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(holdLongestMs)), 0),
});

export const dialRequest = v.strictObject({
  to: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512)),
  account: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

export const hookRequest = v.strictObject({ off: v.boolean() });

export const plugRequest = v.strictObject({
  headset: v.optional(v.boolean()),
  ethernet: v.optional(v.boolean()),
});

export const speakerQuery = v.object({
  seconds: v.optional(v.pipe(v.string(), v.toNumber(), v.gtValue(0), v.maxValue(120)), "10"),
  output: v.optional(v.picklist(["active", "second"]), "active"),
});

/** What the page says over the WebSocket, apart from sound. */
export const liveRequest = v.variant("type", [
  v.strictObject({ type: v.literal("key"), key: v.string(), down: v.boolean() }),
  v.strictObject({ type: v.literal("listen"), on: v.boolean() }),
  v.strictObject({ type: v.literal("media"), on: v.boolean() }),
]);

/** @throws PanelError that names the member and what is wrong with it. */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const words = result.issues.map((issue) => {
    const where = v.getDotPath(issue);
    return where === null ? issue.message : `${where}: ${issue.message}`;
  });
  throw new PanelError("bad-request", words.join("; "));
}

/** @param body as it came, whatever its content type: `curl -d` calls JSON a form. */
export function checkedJson<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PanelError(
      "bad-request",
      text.trim() === "" ? "the request has no body; JSON is expected" : "the body is no JSON",
    );
  }
  return checked(schema, value);
}
