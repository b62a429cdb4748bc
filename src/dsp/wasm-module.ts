/** Makes an instance of a WebAssembly file that lies beside our sources: at once, without imports, its memory fixed. What it can do is the caller's to know. */
import { readFileSync } from "node:fs";

/** As far as it is used here; the compiler's own declaration comes only with those of a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** What every such file exports besides its functions. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
}

const modules = new Map<string, object>();

/**
 * Compiles the file the first time (some ms: not in the 10 ms path), and makes a new instance each time.
 * @throws Error that names the file where it is missing or damaged
 */
export function instantiate<E extends WasmExports>(file: URL): E {
  let module = modules.get(file.href);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(file));
    modules.set(file.href, module);
  }
  // The files are ours and checked in: their exports are what the glue beside build.sh says.
  return new WebAssembly.Instance(module, {}).exports as E;
}
