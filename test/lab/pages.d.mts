/** Types of pages.mjs. */
export function buildPages(outFolder: string): Promise<void>;
