/** What can be said after `npm run test:hil --`. Pure. */
import { parseArgs } from "node:util";

export const usage = `usage: npm run test:hil -- [options] [names of test files]
  --short            the whole phone in a few steps
  --arch ARCH        of the guest: arm64 (default) or amd64
  --target USER@HOST a board that ssh reaches without a password instead of the guest; "guest" tries that with the guest
  --port N           where ssh listens there
`;

/** @throws Error that names the option and what it should be */
export function parseOptions(args) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      strict: true,
      allowPositionals: true,
      options: {
        short: { type: "boolean", default: false },
        arch: { type: "string", default: "arm64" },
        target: { type: "string" },
        port: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
  const { arch, target, port } = values;
  if (arch !== "arm64" && arch !== "amd64") throw new Error(`--arch ${arch}: it must be arm64 or amd64`);
  if (target !== undefined && target !== "guest" && !/^[^@\s-][^@\s]*@[^@\s]+$/.test(target))
    throw new Error(`--target ${target}: it must be user@host, or "guest"`);
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) > 0 && Number(port) < 65_536))
    throw new Error(`--port ${port}: it must be a number from 1 to 65535`);
  return { ...values, names: positionals };
}
